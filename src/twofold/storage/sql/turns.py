"""Whose turn it is to write: in the order of coming, except that what is small goes before what is large."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

# A part of a large batch lets at most so many pass that came after it.
LEAD = 64


class Turns:
    """A lock whose waiters are served by what they bring.

    >>> turns = Turns()
    >>> with turns.take(urgent=True, seconds=1.0) as mine:
    ...     mine
    True
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: list[tuple[int, int, threading.Event]] = []
        self._taken = False

    @contextmanager
    def take(self, urgent: bool, seconds: float) -> Iterator[bool]:
        """Wait for the turn, and give it on at the end; False when it did not come in so many seconds."""
        if not self._got(urgent, seconds):
            yield False
            return
        try:
            yield True
        finally:
            self._give_on()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _got(self, urgent: bool, seconds: float) -> bool:
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            number = next(self._numbers)
            mine = threading.Event()
            entry = (number if urgent else number + LEAD, number, mine)
            heapq.heappush(self._waiting, entry)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(entry)
            heapq.heapify(self._waiting)
            return False

    def _give_on(self) -> None:
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[-1].set()
            else:
                self._taken = False
