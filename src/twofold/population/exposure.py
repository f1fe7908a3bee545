"""How often each person was shown in the present period, over all viewers, and who may not be shown again in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.domain.time import MICROS_PER_DAY, Micros

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Exposure:
    """Showings per person and window; with a cap, a person is full once they were shown so often in a window.

    Windows are fixed: number ``day // period_days`` of whole UTC days, so that all processes agree on them and counts
    start anew with each. The newest window that was shown in is kept and the one before it, for clocks that do not
    agree at midnight; what belongs to an older one is ignored. Without a cap nothing is counted and nobody is full.

    An evaluation whose lists are all of one moment sets ``progress``, the share of them that are made, before each
    list: `policies.pacing` would take the clock for it otherwise.

    Args:
        cap: nobody is shown more often than this in a window; None: as often as may be.
        period_days: how many days a window has.

    >>> exposure, noon = Exposure(cap=2), Micros(43_200_000_000)
    >>> exposure.show(np.array([7, 9]), noon)
    >>> exposure.show(np.array([7]), noon)
    >>> exposure.counts(np.array([7, 8, 9]), noon).tolist(), exposure.full(np.array([7, 8, 9]), noon).tolist()
    ([2, 0, 1], [True, False, False])
    >>> exposure.counts(np.array([7]), Micros(noon + MICROS_PER_DAY)).tolist()
    [0]
    """

    def __init__(self, cap: int | None = None, period_days: int = 1) -> None:
        if cap is not None and cap < 1:
            raise ValueError(f"cap: expected None or a number above 0, got {cap}")
        if period_days < 1:
            raise ValueError(f"period_days: expected a number above 0, got {period_days}")
        self.cap, self.period_days = cap, period_days
        self.progress: float | None = None
        self.clear()

    def clear(self) -> None:
        """Forget all showings."""
        self._newest: int | None = None
        # A window's row is its number modulo 2.
        self._shown: Counts = np.zeros((2, 0), np.int64)

    @property
    def newest(self) -> int | None:
        """The number of the newest window that somebody was shown in."""
        return self._newest

    def window(self, moment: int) -> int:
        """The number of the window that a moment falls into."""
        return moment // (self.period_days * MICROS_PER_DAY)

    def start(self, moment: int) -> Micros:
        """The first moment of the window that a moment falls into."""
        return Micros(self.window(moment) * self.period_days * MICROS_PER_DAY)

    def elapsed(self, moment: int) -> float:
        """The share of the window that is over, 0 to 1; ``progress`` where that is set."""
        if self.progress is not None:
            return self.progress
        return (moment - self.start(moment)) / (self.period_days * MICROS_PER_DAY)

    def counts(self, keys: Keys, moment: int) -> Counts:
        """(m,) how often each person was shown in the moment's window."""
        found, window = np.zeros(len(keys), np.int64), self.window(moment)
        if self._keeps(window):
            inside = (keys >= 0) & (keys < self._shown.shape[1])
            found[inside] = self._shown[window % 2, keys[inside]]
        return found

    def full(self, keys: Keys, moment: int) -> Mask:
        """(m,) who may not be shown again in the moment's window."""
        if self.cap is None:
            return np.zeros(len(keys), bool)
        return self.counts(keys, moment) >= self.cap

    def show(self, keys: Keys, moment: int, times: Counts | int = 1) -> None:
        """Count people as shown at a moment, a key that stands there twice as shown twice.

        Args:
            keys: (m,) people, all 0 or above.
            times: (m,) or one number for all: how often each was shown.
        """
        if self.cap is None or not len(keys):
            return
        window = self.window(moment)
        if not self._opened(window):
            return
        self._reach(int(keys.max()) + 1)
        np.add.at(self._shown[window % 2], keys, times)

    def forget(self, key: int) -> None:
        """Forget one person."""
        if 0 <= key < self._shown.shape[1]:
            self._shown[:, key] = 0

    def _keeps(self, window: int) -> bool:
        return self._newest is not None and self._newest - 1 <= window <= self._newest

    def _opened(self, window: int) -> bool:
        """See to it that the window is kept; False when it is too old for that."""
        if self._newest is None or window > self._newest:
            for fresh in (window - 1, window):
                if not self._keeps(fresh):
                    self._shown[fresh % 2] = 0
            self._newest = window
        return self._keeps(window)

    def _reach(self, people: int) -> None:
        """Make room for so many people, and for more, so that growing is rare."""
        if people > self._shown.shape[1]:
            grown = np.zeros((2, people + people // 4), np.int64)
            grown[:, : self._shown.shape[1]] = self._shown
            self._shown = grown
