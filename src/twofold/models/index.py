"""The greatest inner products among eligible people.

Exact: the eligible are handed to the search, never filtered after it, and none is passed over who could be among the
best. No inner product is greater than the product of both lengths: of many eligible those with the longest vectors are
compared first, and of the others only those whose length could still bring them in. Rows are read where they lie, in
the model's mapped files, a block that fits the processor's cache at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Floats, Keys
from twofold.models.halves import lengths_of

# Requests run side by side; a search that spreads over all cores would make each of them slower.
faiss.omp_set_num_threads(1)

# So many rows are gathered and compared at a time: half a megabyte at 64 dimensions in half precision.
BLOCK = 4_096
# Of so many eligible the longest are compared first, at least so many of them, and so many times as many as are wanted.
MANY, LEADERS, LEAD = 2_000, 500, 4
# Lengths are rounded: nobody is passed over for the last bits.
SLACK = 1.0 + 1e-4
BINS = 256


class VectorIndex:
    """Finds the rows of a matrix with the greatest inner product.

    Args:
        matrix: (n, d) in half or single precision; may be mapped, is not copied.
        has: (n,) which rows may be found.
        lengths: (n,) of the rows; None computes them.

    >>> matrix = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    >>> index = VectorIndex(matrix, np.array([True, True, True]))
    >>> index.search(np.array([1, 0.5], np.float32), np.array([0, 1]), k=1)[0]
    array([0])
    """

    def __init__(self, matrix: NDArray[Any], has: NDArray[np.bool_], lengths: Floats | None = None) -> None:
        self._has, self._lengths = has, lengths_of(matrix) if lengths is None else lengths
        self._rows = Rows(matrix)

    def search(self, query: Floats, eligible: Keys, k: int) -> tuple[Keys, Floats]:
        """The at most k best of the eligible by inner product with ``query`` (d,), best first, equals by key.

        Args:
            eligible: sorted keys; those without a vector are passed over.

        Returns:
            keys and inner products; nobody when the query is not finite.
        """
        known = np.empty(len(eligible), np.int64)
        keys = known[: those_of(eligible, self._has, known)]
        return self._longest_first(query, keys, k) if len(keys) > MANY else self._rows.best(query, keys, k)

    def _longest_first(self, query: Floats, keys: Keys, k: int) -> tuple[Keys, Floats]:
        first, others = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        count = parted(keys, self._lengths, max(LEADERS, LEAD * k), first, others)
        found, scores = self._rows.best(query, first[:count], k)
        if len(found) < min(k, count):  # the query is not finite, or nobody is wanted
            return found, scores
        least = float(scores[-1]) if len(found) == k else -np.inf
        reach = float(np.linalg.norm(query)) * SLACK
        left = could_reach(others[: len(keys) - count], self._lengths, reach, least, first)
        if not left:
            return found, scores
        more, also = self._rows.best(query, first[:left], k)
        names, all_ = _sorted(np.concatenate([found, more]), np.concatenate([scores, also]))
        return names[:k], all_[:k]


class Rows:
    """A matrix (n, d) whose rows are compared with a vector some at a time.

    >>> Rows(np.array([[1.0], [3.0]], np.float16)).best(np.ones(1, np.float32), np.array([0, 1]), 1)[1].tolist()
    [3.0]
    """

    def __init__(self, matrix: NDArray[Any]) -> None:
        plain = np.ascontiguousarray(matrix if matrix.dtype == np.float16 else np.asarray(matrix, np.float32))
        self._matrix = plain
        # One item per row: gathering is then one copy of so many bytes each.
        self._whole = plain.view(f"V{plain.shape[1] * plain.itemsize}").reshape(-1)
        self._scanner = Scanner(plain.shape[1]) if plain.dtype == np.float16 else None

    def best(self, query: Floats, rows: Keys, k: int, labels: Keys | None = None) -> tuple[Keys, Floats]:
        """The at most k of some rows with the greatest inner product, best first, equals by label.

        Args:
            rows: (m,) places in the matrix.
            labels: (m,) what to call them; by default their places.
        """
        if not len(rows) or k <= 0 or not _finite(query):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        names = np.ascontiguousarray(rows if labels is None else labels, np.int64)
        if self._scanner is None:
            return self._multiplied(query, rows, k, names)
        return self._scanner.best(query, self._whole, rows, names, min(k, len(rows)))

    def best_of_spans(
        self, query: Floats, spans: Sequence[tuple[int, int]], k: int, labels: NDArray[Any]
    ) -> tuple[Keys, Floats]:
        """As `best`, of all rows in some spans [low, high), for a finite query; labels (n,) name all rows. Nothing is
        gathered."""
        count = 0
        for low, high in spans:
            count += high - low
        if not count or k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if self._scanner is None:
            rows = np.concatenate([np.arange(low, high) for low, high in spans])
            return self._multiplied(query, rows, k, labels[rows].astype(np.int64))
        return self._scanner.best_of_spans(query, self._whole, spans, labels, min(k, count))

    def _multiplied(self, query: Floats, rows: Keys, k: int, names: Keys) -> tuple[Keys, Floats]:
        scores = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), BLOCK):
            scores[start : start + BLOCK] = self._matrix.take(rows[start : start + BLOCK], axis=0) @ query
        if len(rows) > k:
            chosen = (-scores).argpartition(k - 1)[:k]
            names, scores = names[chosen], scores[chosen]
        return _sorted(names, scores)


class Scanner:
    """Compares half precision rows with a vector by FAISS, which reads them as they are and keeps the best in a heap.

    One is made and kept: FAISS's Python layer cannot destroy one. So are the vector, the heap and the block that it
    reads and writes, whose addresses take as long to find as some hundred rows to compare.
    """

    def __init__(self, dimensions: int) -> None:
        self._quantizer = faiss.ScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16)
        product = faiss.METRIC_INNER_PRODUCT
        self._scanner, self._pairs = (
            self._quantizer.select_InvertedListScanner(product, None, pairs, None, False)  # type: ignore[attr-defined]
            for pairs in (False, True)
        )
        self._scanner.set_list(0, 0.0)
        self._query, self._block = np.empty(dimensions, np.float32), np.empty(BLOCK, f"V{2 * dimensions}")
        self._query_at = faiss.swig_ptr(self._query)
        self._block_at = faiss.swig_ptr(self._block.view(np.uint8))
        self._starts: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._make_room(100)

    def best(self, query: Floats, matrix: NDArray[np.void], rows: Keys, names: Keys, k: int) -> tuple[Keys, Floats]:
        """Names and inner products of the k best of some rows, best first, equals by name; there must be so many.

        Args:
            query: (d,).
            matrix: (n,) one item per row.
            rows, names: (m,) contiguous; places in the matrix, all of them inside it, and what to call them.
        """
        with self._lock:
            self._begin(self._scanner, query, k)
            for start in range(0, len(rows), BLOCK):
                some = rows[start : start + BLOCK]
                # Into one block that stays in the cache; "clip" is the mode in which numpy does not copy it once more.
                matrix.take(some, out=self._block[: len(some)], mode="clip")
                called = faiss.swig_ptr(names[start : start + BLOCK])
                self._scanner.scan_codes(len(some), self._block_at, called, *self._heap_at, k)
            return _sorted(self._found[:k], self._scores[:k])

    def best_of_spans(
        self,
        query: Floats,
        matrix: NDArray[np.void],
        spans: Sequence[tuple[int, int]],
        labels: NDArray[Any],
        k: int,
    ) -> tuple[Keys, Floats]:
        """As `best`, of all rows in some spans, where they lie; always the same matrix, whose addresses are kept."""
        with self._lock:
            self._begin(self._pairs, query, k)
            for low, high in spans:
                if low < high:
                    if low not in self._starts:
                        self._starts[low] = faiss.swig_ptr(matrix[low:].view(np.uint8))
                    self._pairs.set_list(low, 0.0)
                    self._pairs.scan_codes(high - low, self._starts[low], None, *self._heap_at, k)
            # Each is called by the list that was set, here the span's first row, and the place in it.
            places = (self._found[:k] >> 32) + (self._found[:k] & 0xFFFFFFFF)
            return _sorted(labels[places].astype(np.int64), self._scores[:k])

    def _begin(self, scanner: Any, query: Floats, k: int) -> None:
        if k > len(self._found):
            self._make_room(k)
        self._query[:], self._scores[:k], self._found[:k] = query, -np.inf, -1
        scanner.set_query(self._query_at)

    def _make_room(self, most: int) -> None:
        self._scores, self._found = np.empty(most, np.float32), np.empty(most, np.int64)
        self._heap_at = faiss.swig_ptr(self._scores), faiss.swig_ptr(self._found)


def _finite(query: Floats) -> bool:
    return bool(np.logical_and.reduce(np.isfinite(query)))


def _sorted(keys: Keys, scores: Floats) -> tuple[Keys, Floats]:
    order = np.lexsort((keys, -scores))
    return keys[order], scores[order]


@compiled
def those_of(keys: Column[np.int64], has: Column[np.bool_], found: Written[np.int64]) -> int:
    """How many rows there are of these, written to ``found``."""
    count = 0
    for key in keys:
        if key < len(has) and has[key]:
            found[count] = key
            count += 1
    return count


@compiled
def parted(
    keys: Column[np.int64],
    lengths: Column[np.float32],
    wanted: int,
    first: Written[np.int64],
    others: Written[np.int64],
) -> int:
    """Part rows by length: how many are ``first``, at least as many as wanted, none shorter than one of the others.

    Args:
        keys: (m,) rows.
        lengths: (n,) of all rows.
        first, others: (m,) written, in the order of the keys.
    """
    own, longest = np.empty(len(keys), np.float32), np.float32(0.0)
    for place in range(len(keys)):
        own[place] = lengths[keys[place]]
        longest = max(longest, own[place])
    bins, scale = np.zeros(BINS, np.int64), (BINS - 1) / max(longest, np.float32(1e-30))
    for length in own:
        bins[int(length * scale)] += 1
    least, count = BINS, 0
    while least and count < wanted:
        least -= 1
        count += bins[least]
    count = left = 0
    for place in range(len(keys)):
        if int(own[place] * scale) >= least:
            first[count] = keys[place]
            count += 1
        else:
            others[left] = keys[place]
            left += 1
    return count


@compiled
def could_reach(
    keys: Column[np.int64], lengths: Column[np.float32], reach: float, least: float, found: Written[np.int64]
) -> int:
    """How many rows, written to ``found``, are long enough for a product that is not below the least."""
    count = 0
    for key in keys:
        if lengths[key] * reach >= least:
            found[count] = key
            count += 1
    return count
