"""What is told of every place in a long column: running counts, places, and figures at given places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Halves = NDArray[np.int32]
Shorts = NDArray[np.uint16]
Mask = NDArray[np.bool_]


def running(flags: Mask) -> Halves:
    """(m+1,) how many flags are set before each place."""
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(flags, dtype=np.int32)])


def places_of(flags: Mask) -> Halves:
    """Where flags are set: of few among many it is less to keep than a count at every place."""
    return np.flatnonzero(flags).astype(np.int32)


def any_between(places: Halves, first: Ints, here: Ints) -> Mask:
    """(m,) whether one of the places, which rise, is in [first, here)."""
    return np.asarray(np.searchsorted(places, here) > np.searchsorted(places, first))


def count_between(running: Halves, first: Ints, here: Ints) -> Ints:
    """(m,) how many flags are set in [first, here)."""
    return (running[here] - running[first]).astype(np.int64)


def gathered(values: Ints | Shorts, index: Ints, some: Mask) -> Ints:
    """(m,) the figures at some places; 0 for the others."""
    if not len(values):
        return np.zeros(len(index), np.int64)
    return np.where(some, values[index], 0).astype(np.int64)


def written_up_to(owner: Ints, position: Ints) -> Ints:
    """(m,) the greatest log position of the owner's events up to each one: more than its own where one came late."""
    if not len(owner):
        return position
    above = int(position.max()) + 1
    return np.asarray(np.maximum.accumulate(owner * above + position) - owner * above)
