"""Keeps a process' counts of showings right: its own at once, those of other processes within half a second."""

from __future__ import annotations

from uuid import uuid4

import numpy as np
import structlog
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.domain.errors import TwofoldError
from twofold.domain.ports import ImpressionStore
from twofold.domain.time import MICROS_PER_SECOND, Micros
from twofold.population.exposure import Exposure

# With the quarter of a second in which lists wait for a commit: what others showed counts within a second.
FOLLOW_MICROS = MICROS_PER_SECOND // 2
# A few MB of rows at a time.
PAGE = 10_000
# 48 bits: two processes on one database do not draw the same.
MARK_LENGTH = 12

log = structlog.get_logger()


class ExposureLedger:
    """Brings showings into an `Exposure`; everything happens under the lock of `services.live.Live`.

    Own lists count when they are handed out. ``mark``, which the request ids of this process begin with, tells the
    store which showings are not to be counted again: that needs no memory of what was handed out, whatever became of
    it. When the store cannot be read lists go on with what is known; it is asked again half a second later.

    Without a cap the store is never asked.

    >>> from twofold.storage.memory import MemoryStore
    >>> ledger, exposure, now = ExposureLedger(MemoryStore()), Exposure(cap=1), Micros(0)
    >>> ledger.follow(exposure, now)
    >>> ledger.show(exposure, np.array([4]), now)
    >>> exposure.full(np.array([4, 5]), now).tolist()
    [True, False]
    """

    def __init__(self, store: ImpressionStore) -> None:
        self._store = store
        self.mark = uuid4().hex[:MARK_LENGTH]
        self._of: Exposure | None = None
        self._seq: int | None = None
        self._looked = 0

    def show(self, exposure: Exposure, keys: Keys, now: Micros) -> None:
        """Count a list that is handed out."""
        exposure.show(keys, now)

    def follow(self, exposure: Exposure, now: Micros) -> None:
        """Count what other processes have shown; reads at most every half second."""
        if exposure.cap is None or (exposure is self._of and 0 <= now - self._looked < FOLLOW_MICROS):
            return
        if exposure is not self._of or (exposure.newest or 0) > exposure.window(now) + 1:
            # Anew also after a clock that was wrong by days: the present window is one that was given up.
            exposure.clear()
            self._seq = None
        self._of, self._looked = exposure, now
        try:
            self._seq = self._load(exposure, now) if self._seq is None else self._read(exposure, self._seq, now)
        except TwofoldError as error:
            log.warning("exposure not followed", why=str(error))

    def _load(self, exposure: Exposure, now: Micros) -> int:
        """Everything shown in the present window; the number to go on from."""
        last, keys, times = self._store.shown_since(exposure.start(now))
        exposure.show(keys, now, times)
        return last

    def _read(self, exposure: Exposure, seq: int, now: Micros) -> int:
        """What was shown after a number, less the own lists; the number to go on from."""
        while True:
            after, keys, at = self._store.shown_after(seq, PAGE, self.mark)
            _count(exposure, keys, at, now)
            # Kept at once: a page that is counted is not counted again when the next cannot be read.
            self._seq = seq = after
            if len(keys) < PAGE:
                return seq


def _count(exposure: Exposure, keys: Keys, at: NDArray[np.int64], now: Micros) -> None:
    """Count showings (m,) into their windows; one of a clock far ahead would push the present window out."""
    starts = np.array([exposure.start(moment) for moment in at.tolist()], np.int64)
    for start in np.unique(starts).tolist():
        if exposure.window(start) <= exposure.window(now) + 1:
            exposure.show(keys[starts == start], start)
