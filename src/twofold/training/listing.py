"""How fitted vectors are kept for search: in half the memory, like tastes side by side; what that finds is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.models.artifact import JSON, Array
from twofold.models.halves import as_half
from twofold.models.index import VectorIndex
from twofold.models.kindred import FEW, Kindred
from twofold.models.loaded import (
    COLLABORATIVE_DOCUMENT,
    KINDRED_DOCUMENT,
    KINDRED_RECALL,
    TASTE_RECALL,
    kindred_arrays,
    vector_arrays,
)
from twofold.models.vectors import Vectors
from twofold.population.population import Population
from twofold.training.course import Course

# Vectors that lose more than this to rounding stay in single precision.
LEAST_RECALL = 0.99
MEASURED, DEEP = 200, 100  # viewers, and places of the list whose recall is told


@dataclass(frozen=True, slots=True)
class Listing:
    """Arrays and documents of the artifact, and what its manifest says was measured."""

    arrays: dict[str, Array]
    documents: dict[str, JSON]
    measured: dict[str, float]

    @property
    def metrics(self) -> dict[str, float]:
        """The recalls, for the registry."""
        return {f"index_{name}": value for name, value in self.measured.items()}


def list_vectors(run: Course, fitted: Vectors, population: Population, moment: int) -> Listing:
    """Choose how both searches are kept and measure what they find, against exact search over what was fitted."""
    many = int(fitted.has_viewer.sum()) > FEW
    if many:
        run.stage("index")
    rng = np.random.default_rng(run.seed)
    known = np.flatnonzero(fitted.has_viewer & population.columns.active[: len(fitted.has_viewer)])
    viewers = rng.permutation(known)[:MEASURED].tolist()
    eligible = {viewer: population.reach(viewer, moment).keys for viewer in viewers}
    vectors = halved(fitted)
    recall = recall_among(fitted, vectors, eligible)
    if recall < LEAST_RECALL:
        vectors, recall = fitted, 1.0
    if many:
        run.done(0.3)
    people = Kindred.build(vectors.viewers, vectors.has_viewer, seed=run.seed)
    arrays, document = vector_arrays(vectors)
    more, lists = kindred_arrays(people)
    measured = {TASTE_RECALL: recall, KINDRED_RECALL: people.recall}
    return Listing(arrays | more, {COLLABORATIVE_DOCUMENT: document, KINDRED_DOCUMENT: lists}, measured)


def halved(vectors: Vectors) -> Vectors:
    """Both matrices in half precision, or as they are where it cannot hold them; unknown rows are zeros."""
    viewers = as_half(_known(vectors.viewers, vectors.has_viewer))
    candidates = as_half(_known(vectors.candidates, vectors.has_candidate))
    if viewers.dtype != np.float16 or candidates.dtype != np.float16:
        return vectors
    return replace(vectors, viewers=viewers, candidates=candidates)


def recall_among(fitted: Vectors, stored: Vectors, eligible: Mapping[int, Keys]) -> float:
    """Share of the 100 best among those eligible that a search of the stored vectors finds, the mean over viewers.

    The best are told by the vectors as fitted; whoever is as near as the last of them will do. 1 of nobody.
    """
    index, shares = VectorIndex(stored.candidates, stored.has_candidate), []
    for viewer, keys in eligible.items():
        known = keys[fitted.knows_candidates(keys)]
        vector = stored.viewer(viewer)
        if not len(known) or vector is None:
            continue
        products = fitted.candidates[known] @ fitted.viewers[viewer]
        wanted = min(DEEP, len(known))
        least = float(np.partition(products, len(known) - wanted)[len(known) - wanted])
        found = products[np.searchsorted(known, index.search(vector, keys, DEEP)[0])]
        shares.append(min(int((found >= least - 1e-5 * max(1.0, abs(least))).sum()), wanted) / wanted)
    return float(np.mean(shares)) if shares else 1.0


def _known(matrix: Floats, has: NDArray[np.bool_]) -> Floats:
    return matrix if has.all() else np.where(has[:, None], matrix, np.float32(0))
