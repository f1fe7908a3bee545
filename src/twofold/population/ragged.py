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
