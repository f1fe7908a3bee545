"""Rows of unequal length in flat arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Halves = NDArray[np.int32]
Mask = NDArray[np.bool_]


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


def repeats(start: Ints, other: Halves, decided: Mask) -> Mask:
    """(m,) which decisions are about somebody on whom their owner has decided before.

    Args:
        start: (owners + 1,) where the rows of each begin, in the order of time.
        other: (m,) whom they are about.
        decided: (m,) which rows are decisions.

    >>> repeats(np.array([0, 3, 4]), np.array([7, 8, 7, 7], np.int32), np.ones(4, bool)).tolist()
    [False, False, True, False]
    """
    found, places = np.zeros(len(other), bool), np.flatnonzero(decided)
    owner = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))[places]
    since, about = (places - start[owner]).astype(np.int32), other[places]
    below, people = int(since.max(initial=0)) + 1, int(about.max(initial=0)) + 1
    if len(start) * people * below >= 2**63:
        order = np.lexsort((about, owner))  # stable: of one pair by time
        again = (owner[order[1:]] == owner[order[:-1]]) & (about[order[1:]] == about[order[:-1]])
        found[places[order[1:][again]]] = True
        return found
    keys = owner.astype(np.int64)  # one number is sorted several times as fast as two keys
    for size, column in ((people, about), (below, since)):
        keys *= size
        keys += column
    keys.sort()
    pairs = keys // below
    again = pairs[1:] == pairs[:-1]
    found[start[pairs[1:][again] // people] + keys[1:][again] % below] = True
    return found


def runs(rising: Ints) -> tuple[Ints, Halves]:
    """The distinct ones of rising numbers from 0 on, and how often each is there.

    >>> [column.tolist() for column in runs(np.array([0, 0, 4]))]
    [[0, 4], [2, 1]]
    """
    first = np.flatnonzero(np.diff(rising, prepend=-1)) if len(rising) else np.zeros(0, np.int64)
    return rising[first], np.diff(first, append=len(rising)).astype(np.int32)
