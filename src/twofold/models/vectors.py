"""The first stage's vectors: who likes what, and by whom one is liked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Floats, Keys


@dataclass(frozen=True)
class Vectors:
    """Two matrices whose inner product says how much a viewer is expected to like a candidate; rows are person keys.

    Args:
        viewers: (n, d) float32, people as those who like.
        candidates: (n, d) float32, people as those who are liked.
        has_viewer, has_candidate: (n,) whether a row was learned; rows of others are not to be read.
        regularization: of the fit; folding in uses the same.
        confidence: what a like of weight 1 counts against something not seen, which counts 1.

    Keys of n and above have no vector: these people came after the fit.

    >>> one = np.ones((1, 2), np.float32)
    >>> Vectors(one, one, np.array([True]), np.array([True]), regularization=1.0).viewer(7) is None
    True
    """

    viewers: Floats
    candidates: Floats
    has_viewer: NDArray[np.bool_]
    has_candidate: NDArray[np.bool_]
    regularization: float
    confidence: float = 1.0

    def __post_init__(self) -> None:
        n = len(self.viewers)
        columns = (self.has_viewer, self.has_candidate)
        if self.viewers.shape != self.candidates.shape or any(column.shape != (n,) for column in columns):
            raise ValueError("both matrices must have one shape, and both masks one entry per row")

    def viewer(self, key: int) -> Floats | None:
        """(d,) the vector of a person as viewer; None when nothing was learned."""
        if not 0 <= key < len(self.has_viewer) or not self.has_viewer[key]:
            return None
        return np.asarray(self.viewers[key])

    def candidate_rows(self, keys: Keys) -> Floats:
        """(m, d) the vectors of people as candidates; zeros where nothing was learned."""
        known = self.knows_candidates(keys)
        rows = np.zeros((len(keys), self.candidates.shape[1]), np.float32)
        rows[known] = self.candidates[keys[known]]
        return rows

    def knows_candidates(self, keys: Keys) -> NDArray[np.bool_]:
        """(m,) who has a vector as candidate."""
        inside = (keys >= 0) & (keys < len(self.has_candidate))
        inside[inside] = self.has_candidate[keys[inside]]
        return inside

    def fold_in(self, liked: Keys, weights: Floats) -> Floats | None:
        """(d,) the viewer vector of somebody who likes these people, as one more step of the fit would make it.

        Solves one user of implicit-feedback ALS: (YtY + Yu^T (Cu - I) Yu + reg I) x = Yu^T Cu 1, where Yu (m, d) are
        the vectors of those liked and Cu their confidences (Hu, Koren and Volinsky, 2008, eq. 4). None when nobody
        liked has a vector.

        Args:
            liked: (m,) keys.
            weights: (m,) positive weights of the likes (`domain.event.RULES`).
        """
        known = self.knows_candidates(liked)
        if not known.any():
            return None
        rows = self.candidates[liked[known]].astype(np.float64)
        confidence = weights[known].astype(np.float64) * self.confidence
        left = self._gram + (rows.T * (confidence - 1)) @ rows
        left[np.diag_indices_from(left)] += self.regularization
        return np.asarray(np.linalg.solve(left, rows.T @ confidence), np.float32)

    @cached_property
    def _gram(self) -> Doubles:
        """(d, d) YtY over all candidates who have a vector."""
        rows = self.candidates[self.has_candidate]
        return np.asarray(rows.T @ rows, np.float64)
