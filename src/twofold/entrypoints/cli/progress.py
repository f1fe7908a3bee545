"""How far a long command is: bars on a terminal, otherwise a line now and then; always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from twofold.entrypoints.cli.output import console, note

Report = Callable[[str, float], None]
"""Told the stage's name and its share done, 0 to 1."""

# Often enough to see that it lives, rarely enough to keep a log short.
SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Report]:
    """Gives a function to report to; ``quiet`` shows nothing (for ``--json``)."""
    if quiet:
        yield lambda _stage, _done: None
    elif sys.stderr.isatty():
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console(errors=True),
        ) as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


class _Bars:
    """One bar per stage; a stage that is followed by another is complete."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._current: str | None = None

    def __call__(self, stage: str, done: float) -> None:
        if self._current not in (None, stage):
            self._bars.update(self._tasks[str(self._current)], completed=1.0)
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=1.0)
        self._current = stage
        self._bars.update(self._tasks[stage], completed=min(done, 1.0))


class _Lines:
    """A line when a stage begins, and one every few seconds while it lasts."""

    def __init__(self) -> None:
        self._stage, self._said = "", 0.0

    def __call__(self, stage: str, done: float) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._said < SECONDS_BETWEEN_LINES:
            return
        note(f"{stage} ..." if stage != self._stage else f"{stage} {done:.0%}")
        self._stage, self._said = stage, now
