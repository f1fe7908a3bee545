"""Calls a component so that neither an error nor a hang of it takes the request along."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

T = TypeVar("T")

# A component that hangs keeps its thread; past this many something is badly wrong and calls fail at once instead.
MAX_WORKERS = 32


class ComponentFailed(Exception):
    """A component raised, or did not answer in its time. ``kind`` is safe to show: a class name or ``timeout``."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(slots=True)
class _Watch:
    """Which of a row of calls runs, and since when; None while none does."""

    since: float | None = None

    def left(self, budget_s: float) -> float:
        """Seconds until the running call is over its time."""
        since = self.since
        return budget_s if since is None else budget_s - (time.monotonic() - since)


class _Here(threading.local):
    """What this thread is at: a row of calls, or none."""

    watch: _Watch | None = None


def _taken() -> threading.Lock:
    """A lock that is held: who waits for it goes on once it is released. It costs a tenth of an event."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Call(Generic[T]):
    """A function to run, its result or error, and ``done``, which is released once there is one."""

    run: Callable[[], T]
    watch: _Watch | None = None
    done: threading.Lock = field(default_factory=_taken)
    result: T | None = None
    error: BaseException | None = None


class Guard:
    """Runs calls on waiting threads, with a time limit.

    >>> Guard(budget_s=1.0).call(lambda: 42)
    42
    >>> Guard(budget_s=1.0).call(lambda: 1 // 0)
    Traceback (most recent call last):
    twofold.pipeline.guard.ComponentFailed: ZeroDivisionError
    """

    def __init__(self, budget_s: float) -> None:
        self.budget_s = budget_s
        self._idle: queue.SimpleQueue[queue.SimpleQueue[_Call[object]]] = queue.SimpleQueue()
        self._started = 0
        self._lock = threading.Lock()
        self._here = _Here()

    def row(self, first: Callable[[], T], again: Callable[[], T]) -> T:
        """The result of a function that makes a row of calls, all on one waiting thread: a thread is woken once.

        Should one of the calls outlast the budget, that thread is left to itself, and ``again`` is run in place of
        ``first``, each call of it on a thread of its own. Errors are raised as they are.
        """
        watch = _Watch()
        call = _Call(first, watch)
        self._worker().put(cast(_Call[object], call))
        while not call.done.acquire(timeout=max(watch.left(self.budget_s), 0.0)):
            if watch.left(self.budget_s) <= 0:
                return again()
        if call.error is not None:
            raise call.error
        return cast(T, call.result)

    def call(self, run: Callable[[], T]) -> T:
        """The call's result; `ComponentFailed` when it raises or outlasts the budget."""
        watch = self._here.watch
        if watch is None:
            return self._alone(run)
        watch.since = time.monotonic()
        try:
            return run()
        except BaseException as error:
            raise ComponentFailed(type(error).__name__) from error
        finally:
            watch.since = None

    def _alone(self, run: Callable[[], T]) -> T:
        """A call that is part of no row, on a waiting thread."""
        call = _Call(run)
        self._worker().put(cast(_Call[object], call))
        if not call.done.acquire(timeout=self.budget_s):
            raise ComponentFailed("timeout")
        if call.error is not None:
            raise ComponentFailed(type(call.error).__name__) from call.error
        return cast(T, call.result)

    def _worker(self) -> queue.SimpleQueue[_Call[object]]:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass
        with self._lock:
            if self._started >= MAX_WORKERS:
                raise ComponentFailed("timeout")
            self._started += 1
        inbox: queue.SimpleQueue[_Call[object]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, args=(inbox,), daemon=True, name="twofold-guard").start()
        return inbox

    def _serve(self, inbox: queue.SimpleQueue[_Call[object]]) -> None:
        while True:
            call = inbox.get()
            self._here.watch = call.watch
            try:
                call.result = call.run()
            except BaseException as error:  # noqa: BLE001 - the very purpose: it is handed to the caller
                call.error = error
            # Free before done: the caller's next call finds this thread waiting instead of starting another.
            self._idle.put(inbox)
            call.done.release()
            del call  # it reads a whole population, which a thread that waits would keep in memory
