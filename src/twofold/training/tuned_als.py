"""The implicit library's ALS, tuned: what the first stage has to equal on data for collaborative filtering alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from twofold.domain.candidate import Doubles, Floats, Keys

FACTORS = 64


@dataclass(frozen=True, slots=True)
class AlsSettings:
    """One setting of the grid: penalty, confidence of a like, passes."""

    regularization: float
    alpha: float
    iterations: int


GRID = tuple(
    AlsSettings(regularization, alpha, iterations)
    for regularization in (0.1, 1.0, 10.0, 50.0)
    for alpha in (1.0, 10.0, 40.0)
    for iterations in (5, 15)
)


class TunedAls:
    """Lists by the library's own model.

    Args:
        actor, target: (m,) who likes whom.
        people: keys are below it.

    >>> model = TunedAls(np.array([0]), np.array([1]), 3, AlsSettings(1.0, 1.0, 2), seed=0)
    >>> int(np.argmax(model.scores(0, np.arange(3))))
    1
    """

    name = "als_tuned"

    def __init__(self, actor: Keys, target: Keys, people: int, chosen: AlsSettings, seed: int) -> None:
        self.what = (
            f"the implicit library's ALS, chosen on validation: regularisation {chosen.regularization:g}, "
            f"alpha {chosen.alpha:g}, {chosen.iterations} passes"
        )
        matrix = csr_matrix((np.ones(len(actor), np.float32), (actor, target)), (people, people))
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=FACTORS,
                regularization=chosen.regularization,
                alpha=chosen.alpha,
                iterations=chosen.iterations,
                random_state=seed,
            )
            model.fit(matrix, show_progress=False)
        self._viewers: Floats = np.asarray(model.user_factors, np.float32)
        self._candidates: Floats = np.asarray(model.item_factors, np.float32)

    def scores(self, viewer: int, candidates: Keys) -> Doubles:
        """(m,) inner products."""
        return np.asarray(self._candidates[candidates] @ self._viewers[viewer], np.float64)
