"""Nearest vectors among eligible people: the seam behind which a town of a million gets a faster index.

Exact. The eligible are handed to the search, never filtered after it. Built from the matrix when a model is loaded
(20,000 x 64 takes a few milliseconds), so there is no index file that could be damaged.
"""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys

# Requests run side by side; a search that spreads over all cores would make each of them slower.
faiss.omp_set_num_threads(1)

# Up to this many eligible people gathering their rows costs less than a scan of everyone with a bitmap (measured).
GATHER_AT_MOST = 4_000


class VectorIndex:
    """Finds the rows of a matrix with the greatest inner product.

    >>> matrix = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> index = VectorIndex.build(matrix, np.array([True, True, True]))
    >>> index.search(np.array([1, 0.5], np.float32), np.array([0, 1]), k=1)[0]
    array([0])
    """

    def __init__(self, matrix: Floats, has: NDArray[np.bool_], index: faiss.IndexFlatIP) -> None:
        self._matrix, self._has, self._index = matrix, has, index

    @classmethod
    def build(cls, matrix: Floats, has: NDArray[np.bool_]) -> VectorIndex:
        """An index over the rows that ``has`` marks; rows of a matrix (n, d) are person keys."""
        rows = np.ascontiguousarray(matrix, np.float32)
        index = faiss.IndexFlatIP(rows.shape[1])
        index.add(rows)
        return cls(rows, has, index)

    def search(self, query: Floats, eligible: Keys, k: int) -> tuple[Keys, Floats]:
        """The at most k best of the eligible by inner product with ``query`` (d,), best first, equals by key.

        Args:
            eligible: sorted keys; those without a vector are passed over.

        Returns:
            keys and inner products; nobody when the query is not finite.
        """
        keys = eligible[eligible < len(self._has)]
        keys = keys[self._has[keys]]
        if not len(keys) or k <= 0 or not np.isfinite(query).all():
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if len(keys) <= max(GATHER_AT_MOST, k):
            return _best(keys, self._matrix[keys] @ query.astype(np.float32), k)
        return self._scan(query, keys, k)

    def _scan(self, query: Floats, keys: Keys, k: int) -> tuple[Keys, Floats]:
        allowed = np.zeros(len(self._has), bool)
        allowed[keys] = True
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
        wanted = np.ascontiguousarray(query[None], np.float32)
        chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, found = self._index.search(wanted, k, params=chosen)
        some = found[0] >= 0
        return _best(found[0][some].astype(np.int64), scores[0][some], k)


def _best(keys: Keys, scores: Floats, k: int) -> tuple[Keys, Floats]:
    if len(keys) > k:
        chosen = np.argpartition(-scores, k - 1)[:k]
        keys, scores = keys[chosen], scores[chosen]
    order = np.lexsort((keys, -scores))
    return keys[order], scores[order].astype(np.float32)
