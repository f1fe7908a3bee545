"""One training under way: where it is, how long each stage took, what it had to leave out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str, float], None]


@dataclass(slots=True)
class Course:
    """The course of one training.

    Args:
        seed, threads: for the fits.
        progress: told the stage and how much of it is done, 0..1.

    >>> course = Course(seed=0, threads=1, progress=print)
    >>> course.stage("read"); course.stage("")
    read 0.0
    read 1.0
    """

    seed: int
    threads: int
    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    _stage: str = ""
    _since: float = 0.0

    def stage(self, name: str) -> None:
        """End the stage before and begin this one; an empty name ends the last."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = round(now - self._since, 3)
            self.progress(self._stage, 1.0)
        self._stage, self._since = name, now
        if name:
            self.progress(name, 0.0)

    def done(self, share: float) -> None:
        """Tell how far the present stage is."""
        self.progress(self._stage, share)

    def skip(self, what: str, why: str) -> None:
        """Note what is not trained."""
        self.skipped.append((what, why))
