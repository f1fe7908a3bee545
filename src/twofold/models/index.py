"""Nearest vectors among eligible people: they are handed to the search, never filtered after it.

Few are gathered, exactly. Among many a flat index is read with a bitmap, exactly too; a large one keeps its rows in
cells of what limits people, so that whoever a viewer may see lies in a few of them, and only these are read.
"""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.models.lists import ListNumbers, Lists, best

# Up to this many eligible people gathering their rows costs less than reading an index with a bitmap (measured).
GATHER_AT_MOST = 4_000


class VectorIndex:
    """Finds the rows of a matrix with the greatest inner product.

    >>> matrix = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> index = VectorIndex.build(matrix, np.array([True, True, True]))
    >>> index.search(np.array([1, 0.5], np.float32), np.array([0, 1]), k=1)[0]
    array([0])
    """

    def __init__(self, matrix: Floats, has: NDArray[np.bool_], cells: ListNumbers | None) -> None:
        self._matrix, self._has = matrix, has
        self._flat = faiss.IndexFlatIP(matrix.shape[1])
        self._listed = None if cells is None else (Lists(matrix, np.flatnonzero(has), cells), cells)
        if cells is None:
            self._flat.add(matrix)

    @classmethod
    def build(cls, matrix: Floats, has: NDArray[np.bool_], cells: ListNumbers | None = None) -> VectorIndex:
        """An index over the rows that ``has`` marks; rows of a matrix (n, d) are person keys.

        Args:
            cells: (n,) numbers that people have in common who are eligible for the same viewers; None: a flat index.
        """
        return cls(np.ascontiguousarray(matrix, np.float32), has, cells)

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
            return best(keys, self._matrix[keys] @ query.astype(np.float32), k)
        return self._among(query, keys, k)

    def _among(self, query: Floats, keys: Keys, k: int) -> tuple[Keys, Floats]:
        allowed = np.zeros(len(self._has), bool)
        allowed[keys] = True
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
        if self._listed is not None:
            lists, cells = self._listed
            return lists.read(query, np.flatnonzero(np.bincount(cells[keys])), k, selector)
        wanted = np.ascontiguousarray(query[None], np.float32)
        chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, found = self._flat.search(wanted, k, params=chosen)
        some = found[0] >= 0
        return best(found[0][some], scores[0][some], k)
