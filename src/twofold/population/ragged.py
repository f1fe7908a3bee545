"""Rows of unequal length in flat arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def spans(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Every place of every span [start, end), row by row: the row numbers and the places.

    >>> rows, places = spans(np.array([5, 0, 9]), np.array([7, 0, 10]))
    >>> rows.tolist(), places.tolist()
    ([0, 0, 2], [5, 6, 9])
    """
    lengths = np.maximum(ends - starts, 0)
    rows = np.repeat(np.arange(len(starts), dtype=np.int64), lengths)
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else np.zeros(0, np.int64)
    places = np.arange(len(rows), dtype=np.int64) + np.repeat(starts - before, lengths)
    return rows, places


def chunks(sizes: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Spans of rows whose sizes add up to at most so many, or of one row alone.

    >>> chunks(np.array([3, 3, 9, 1]), most=6)
    [(0, 2), (2, 3), (3, 4)]
    """
    found, start, total = [], 0, 0
    for place, size in enumerate(sizes.tolist()):
        if total + size > most and place > start:
            found.append((start, place))
            start, total = place, 0
        total += size
    return [*found, (start, len(sizes))] if len(sizes) else []
