"""Implicit-feedback ALS of who likes whom: one-sided, and both directions put together."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import LATEST
from twofold.evaluation.baselines.contract import Past
from twofold.evaluation.baselines.directions import Together, harmonic, one_sided, product
from twofold.models.vectors import NO_POSITION, Vectors
from twofold.training.collaborative import fit_vectors, likes_of
from twofold.training.decisions import Decisions

REGULARIZATION = 10.0


class Factors:
    """Lists by vectors of who likes whom.

    Args:
        vectors: of the past (`factors_of`).
        together: how the two directions become one score.
    """

    def __init__(self, vectors: Vectors, name: str, what: str, together: Together) -> None:
        self.name, self.what = name, what
        self._vectors, self._together = vectors, together

    def scores(self, viewer: int, candidates: Keys) -> Doubles:
        """(m,) inner products; people without a vector stand last."""
        vectors = self._vectors
        there = vectors.candidates[candidates] @ vectors.viewers[viewer]
        back = vectors.viewers[candidates] @ vectors.candidates[viewer]
        scores = self._together(there.astype(np.float64), back.astype(np.float64))
        return np.where(vectors.has_candidate[candidates], scores, -np.inf)


def factors_of(past: Past, seed: int) -> list[Factors]:
    """The three of them on one fit; none without likes."""
    decisions = Decisions.of(past.decisions)
    if not decisions.label.any():
        return []
    vectors = fit_vectors(
        likes_of(decisions, past.people),
        regularization=REGULARIZATION,
        seed=seed,
        threads=0,
        done=lambda _: None,
        as_of=int(LATEST),
        position=NO_POSITION,
    )
    return [
        Factors(vectors, "als", "implicit ALS: how much the viewer likes them", one_sided),
        Factors(vectors, "als_harmonic", "implicit ALS, harmonic mean of both directions", harmonic),
        Factors(vectors, "als_product", "implicit ALS, product of both directions", product),
    ]
