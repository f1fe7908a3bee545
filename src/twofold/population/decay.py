"""Fading by day: one fixed table, so that a figure of long ago is the same whenever it is read."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

# Popularity with a half-life of 30 days found most on bitcoin-otc's validation part of 7, 14, 30, 60 and 120.
HALF_LIFE_DAYS = 30
HALF_LIVES_KEPT = 9
WINDOW_DAYS = HALF_LIVES_KEPT * HALF_LIFE_DAYS


@cache
def table(half_life: int) -> NDArray[np.float64]:
    """(window + 1,) the weight of each age in days; the last, of all that is older or ahead, is 0."""
    weights_ = np.append(0.5 ** (np.arange(window(half_life)) / half_life), 0.0)
    weights_.setflags(write=False)
    return weights_


def window(half_life: int) -> int:
    """Days after which nothing counts any more: what is older would weigh less than a five-hundredth of today's."""
    return HALF_LIVES_KEPT * half_life


def weights(days_ago: NDArray[np.int64], half_life: int = HALF_LIFE_DAYS) -> NDArray[np.float64]:
    """What something so many whole days ago weighs: 1 today, a half after a half-life, 0 beyond the window or ahead.

    >>> weights(np.array([0, 30, 10_000, -1])).tolist()
    [1.0, 0.5, 0.0, 0.0]
    """
    days = window(half_life)
    inside = (days_ago >= 0) & (days_ago < days)
    return table(half_life)[np.where(inside, days_ago, days)]
