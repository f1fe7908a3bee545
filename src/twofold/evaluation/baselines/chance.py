"""What knows nothing."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.baselines.contract import Moments


class RandomLists:
    """Anybody eligible, at random.

    >>> RandomLists().scores(0, np.array([3, 4])).tolist()
    [0.0, 0.0]
    """

    name = "random"
    what = "anybody eligible, at random"

    def scores(self, _viewer: int, candidates: Keys) -> Doubles:
        """All equal: the order of equals is chance."""
        return np.zeros(len(candidates))


class BaseRate:
    """Always says the past's share of likes.

    >>> BaseRate(0.25).predict(np.array([0]), np.array([1]), np.array([5])).tolist()
    [0.25]
    """

    name = "base_rate"
    what = "always the past's share of likes"

    def __init__(self, share: float) -> None:
        self._share = share

    def predict(self, viewers: Keys, _candidates: Keys, _moments: Moments) -> Doubles:
        """(m,) the share."""
        return np.full(len(viewers), self._share)
