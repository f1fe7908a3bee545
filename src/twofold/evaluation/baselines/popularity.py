"""Who is liked by many: of all time, lately, with a half-life; and those who liked the viewer first."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.baselines.contract import Baseline, Past

RECENT_SHARE = 0.2  # of the past's likes, the latest


class Popularity:
    """Likes received, weighted by age.

    Args:
        half_life: in microseconds; a like counts half of one so much younger. None: all count alike.
        recent: only the latest fifth of the likes.

    >>> from twofold.domain.changes import EventColumns
    >>> Popularity(Past(EventColumns.empty(), 5, 0)).scores(0, np.array([1, 2])).tolist()
    [0.0, 0.0]
    """

    def __init__(self, past: Past, *, half_life: float | None = None, recent: bool = False) -> None:
        self.name = "popularity"
        self.what = "likes received"
        likes = past.likes
        if recent:
            likes = likes.take(np.arange(len(likes)) >= int(len(likes) * (1 - RECENT_SHARE)))
            self.name, self.what = "popularity_recent", "likes received in the latest fifth of the past's likes"
        weights = np.ones(len(likes))
        if half_life is not None:
            weights = 0.5 ** ((int(past.cut) - likes.at) / half_life)
            self.name, self.what = "popularity_half_life", "likes received, with a half-life chosen on validation"
        self._received = np.bincount(likes.target, weights, past.people)

    def scores(self, _viewer: int, candidates: Keys) -> Doubles:
        """(m,) likes received, weighted."""
        return np.asarray(self._received[candidates], np.float64)


class IncomingFirst:
    """Those who already liked the viewer, then everybody else; among each by another baseline.

    Args:
        then: the order among equals.
    """

    def __init__(self, past: Past, then: Baseline) -> None:
        self.name = f"incoming_then_{then.name.removeprefix('popularity_')}"
        self.what = f"who liked the viewer first; then {then.what}"
        self._then = then
        likes = past.likes
        order = np.argsort(likes.target, kind="stable")
        self._target, self._actor = likes.target[order], likes.actor[order]

    def scores(self, viewer: int, candidates: Keys) -> Doubles:
        """(m,) the other's score, and above all of these for those who liked the viewer."""
        start, end = np.searchsorted(self._target, viewer, "left"), np.searchsorted(self._target, viewer, "right")
        came = np.isin(candidates, self._actor[start:end])
        scores = self._then.scores(viewer, candidates)
        above = float(np.ptp(scores)) + 1.0 if len(scores) else 0.0
        return np.asarray(scores + came * above, np.float64)
