"""Vectors in lists, in half precision: a search reads the lists it is given and no others (FAISS)."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys

# Requests run side by side; a search that spreads over all cores would make each of them slower.
faiss.omp_set_num_threads(1)

ListNumbers = NDArray[np.int32]


class Lists:
    """Rows of a matrix by list. Nothing is learnt for that: which list a row lies in is given.

    >>> rows = np.eye(3, dtype=np.float32)
    >>> lists = Lists(rows, np.array([0, 1, 2]), np.array([0, 1, 1], np.int32))
    >>> lists.read(np.ones(3, np.float32), np.array([1]), k=5)[0].tolist()
    [1, 2]
    """

    def __init__(self, matrix: Floats, keys: Keys, lists: ListNumbers) -> None:
        """Put the rows of some keys in.

        Args:
            lists: (n,) the list of each row of the matrix.
        """
        width = matrix.shape[1]
        rows, where = np.ascontiguousarray(matrix[keys], np.float32), lists[keys].astype(np.int64)
        named = np.ascontiguousarray(keys, np.int64)
        self._quantizer = faiss.IndexFlatIP(width)  # never asked; FAISS wants one, alive as long as the index
        self._index = faiss.IndexIVFScalarQuantizer(
            self._quantizer,
            width,
            int(lists.max(initial=0)) + 1,
            faiss.ScalarQuantizer.QT_fp16,
            faiss.METRIC_INNER_PRODUCT,
            False,
        )
        self._index.is_trained = True
        self._index.add_core(len(named), faiss.swig_ptr(rows), faiss.swig_ptr(named), faiss.swig_ptr(where))

    def read(
        self, query: Floats, lists: NDArray[np.integer], k: int, selector: faiss.IDSelector | None = None
    ) -> tuple[Keys, Floats]:
        """The at most k best of the rows in some lists, best first, equals by key: keys and inner products.

        Args:
            selector: passes over the keys it does not hold.
        """
        if not len(lists):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        chosen = faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)  # type: ignore[call-arg]
        wanted, read = np.ascontiguousarray(query[None], np.float32), np.ascontiguousarray(lists[None], np.int64)
        nothing = np.zeros(read.shape, np.float32)  # distances to lists: rows are not kept as differences from one
        scores, found = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
        x, assigned, distances, values, labels = (
            faiss.swig_ptr(each) for each in (wanted, read, nothing, scores, found)
        )
        self._index.search_preassigned_c(  # type: ignore[attr-defined]
            1, x, k, assigned, distances, values, labels, False, chosen
        )
        some = found[0] >= 0
        return best(found[0][some], scores[0][some], k)


def best(keys: Keys, scores: Floats, k: int) -> tuple[Keys, Floats]:
    """The at most k of the greatest scores, best first, equals by key."""
    if len(keys) > k:
        chosen = np.argpartition(-scores, k - 1)[:k]
        keys, scores = keys[chosen], scores[chosen]
    order = np.lexsort((keys, -scores))
    return keys[order].astype(np.int64), scores[order].astype(np.float32)
