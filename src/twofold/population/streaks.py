"""Days in a row on which somebody did something."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def streaks(owner: Ints, day: Ints) -> Ints:
    """(m,) per event: how many days in a row, ending with the event's own, its owner has an event on.

    Events are sorted by owner and time, so distinct days stand in order; a run ends where a day is missing.
    """
    if not len(owner):
        return np.zeros(0, np.int64)
    new_day = np.ones(len(owner), bool)
    new_day[1:] = (owner[1:] != owner[:-1]) | (day[1:] != day[:-1])
    index = np.cumsum(new_day) - 1
    days, owners = day[new_day], owner[new_day]
    begins = np.ones(len(days), bool)
    begins[1:] = (owners[1:] != owners[:-1]) | (days[1:] != days[:-1] + 1)
    run_start = np.maximum.accumulate(np.where(begins, np.arange(len(days)), 0))
    lengths = np.arange(len(days), dtype=np.int64) - run_start + 1
    return np.asarray(lengths[index])
