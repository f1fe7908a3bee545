"""Loops over a history's columns, compiled: what a list reads of many people at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled

Ints = NDArray[np.int64]
Sums = NDArray[np.float64]
SIEVE = 1 << 13  # remainders
Read = tuple[Ints, Ints, NDArray[np.bool_], Ints, NDArray[np.int8], bool]


@compiled
def first_from(values: Column[np.int64], value: int, low: int, high: int) -> int:
    """The first place in [low, high) of rising values that is not below a value; ``high`` when all are."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def last_times(start: Column[np.int64], at: Column[np.int64]) -> Ints:
    """(owners,) when each owner's last event was; 0 without any.

    Args:
        start, at: as in `History`.
    """
    ends = np.zeros(len(start) - 1, np.int64)
    for owner in range(len(ends)):
        if start[owner + 1] > start[owner]:
            ends[owner] = at[start[owner + 1] - 1]
    return ends


@compiled
def any_within(places: Column[np.int32], low: int, high: int) -> bool:
    """Whether one of rising places is in [low, high)."""
    first, last = 0, len(places)
    while first < last:
        middle = (first + last) // 2
        if places[middle] < low:
            first = middle + 1
        else:
            last = middle
    return first < len(places) and places[first] < high


@compiled
def decisions_before(
    start: Column[np.int64],
    ends: Column[np.int64],
    at: Column[np.int64],
    kind: Column[np.int8],
    decides: Column[np.bool_],
    owners: Column[np.int64],
    moments: Column[np.int64],
    most: int,
    low: Written[np.int64],
    here: Written[np.int64],
) -> int:
    """Where each owner's latest decisions before a moment, at most so many, begin, and ``here`` where its events end;
    how many events lie between in all.

    Args:
        start, ends, at, kind: of `History`.
        decides: (kinds,) which are decisions.
        owners, moments: (m,); one moment stands for all.
        most: 0 for all.
    """
    found = 0
    for row in range(len(owners)):
        owner, moment = owners[row], moments[row if len(moments) > 1 else 0]
        first = end = 0
        if owner < len(start) - 1:
            first, end = start[owner], start[owner + 1]
        if end > first and ends[owner] >= moment:
            end = first_from(at, moment, first, end)
        low[row], here[row] = first, end
        if most and end - first > most:
            place, left = end, most
            while place > first and left:
                place -= 1
                left -= decides[kind[place]]
            low[row] = place
        found += end - low[row]
    return found


@compiled
def read_latest(
    start: Column[np.int64],
    ends: Column[np.int64],
    at: Column[np.int64],
    repeats: Column[np.int32],
    other: Column[np.int32],
    kind: Column[np.int8],
    decides: Column[np.bool_],
    positive: Column[np.bool_],
    owners: Column[np.int64],
    moments: Column[np.int64],
    most: int,
    timed: bool,
) -> Read:
    """The latest decisions of m owners before a moment: rows, others, which are likes, times, kinds, and whether nobody
    stands twice in a row.

    Args:
        start, ends, at, repeats, other, kind: of `History`.
        decides, positive: (kinds,) which are decisions, and which are likes.
        owners, moments: (m,); one moment stands for all.
        most: of each owner; 0 for all.
        timed: False leaves the times at 0 and does not read them.
    """
    m = len(owners)
    low, here = np.empty(m, np.int64), np.empty(m, np.int64)
    room = decisions_before(start, ends, at, kind, decides, owners, moments, most, low, here)
    rows, others, likes = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.bool_)
    times, kinds = np.zeros(room, np.int64), np.empty(room, np.int8)
    found, distinct = 0, True
    for row in range(m):
        if distinct and here[row] > low[row] and any_within(repeats, start[owners[row]], here[row]):
            distinct = False
        for place in range(low[row], here[row]):
            if not decides[kind[place]]:
                continue
            rows[found], others[found], kinds[found] = row, other[place], kind[place]
            likes[found] = positive[kind[place]]
            if timed:
                times[found] = at[place]
            found += 1
    return rows[:found], others[:found], likes[:found], times[:found], kinds[:found], distinct


@compiled
def is_among(some: Column[np.int32], count: int, one: int) -> bool:
    """Whether one is among the first so many."""
    place = 0
    while place < count and some[place] != one:
        place += 1
    return place < count


@compiled
def meet_marked(
    start: Column[np.int64],
    ends: Column[np.int64],
    at: Column[np.int64],
    other: Column[np.int32],
    kind: Column[np.int8],
    decides: Column[np.bool_],
    positive: Column[np.bool_],
    owners: Column[np.int64],
    moments: Column[np.int64],
    most: int,
    marks: Column[np.uint8],
    sieve: Column[np.bool_],
    degrees: Column[np.int64],
) -> Sums:
    """Whom each owner's latest decisions are about among people who are marked, each person's last decision alone.

    Args:
        start, ..., most: as of `read_latest`.
        marks: (k,) by key: 1 the viewer likes them, 2 declined them, 4 is liked, 8 was declined by them; none beyond.
        sieve: (SIEVE,) by the remainder of a key, whether anybody with it is marked: small enough for the first cache.
        degrees: (n,) by key, decisions by and about each person; 0 beyond.

    Returns:
        counts, and sums of 1 / log(2 + degree), by the viewer's role (given, received), whether the viewer's decision
        is a like, whether the owner's is, and the owner: (2, 2, 2, 2, m).
    """
    m = len(owners)
    low, here = np.empty(m, np.int64), np.empty(m, np.int64)
    decisions_before(start, ends, at, kind, decides, owners, moments, most, low, here)
    sums = np.zeros((2, 2, 2, 2, m))
    met = np.empty(max(most, 1), np.int32)
    for row in range(m):
        hits = 0
        for place in range(here[row] - 1, low[row] - 1, -1):
            if not decides[kind[place]]:
                continue
            someone = other[place]
            if not sieve[someone & (SIEVE - 1)]:
                continue
            mark = marks[someone] if someone < len(marks) else np.uint8(0)
            if not mark or is_among(met, hits, someone):
                continue
            met[hits] = someone
            hits += 1
            weight = 1 / np.log(2.0 + (degrees[someone] if someone < len(degrees) else 0))
            theirs = int(positive[kind[place]])
            for role in range(2):
                for mine in range(2):
                    if mark & (1 << (2 * role + 1 - mine)):
                        sums[0, role, mine, theirs, row] += 1
                        sums[1, role, mine, theirs, row] += weight
    return sums
