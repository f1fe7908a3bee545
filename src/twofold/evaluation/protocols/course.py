"""One evaluation under way: where it is, how long each part took, what is to be known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

Report = Callable[[str, float], None]
"""Told the part's name and its share done, 0 to 1."""


@dataclass(slots=True)
class Course:
    """The course of one evaluation.

    Args:
        seed: of everything that is drawn.
        report: told where it is.
        candidates: how many people the first stage brings, for the report.

    >>> course = Course(seed=0, report=lambda part, done: None)
    >>> with course.part("lists"):
    ...     pass
    >>> list(course.seconds)
    ['lists']
    """

    seed: int
    report: Report
    candidates: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def part(self, name: str) -> Iterator[Callable[[float], None]]:
        """Times a part; gives a function to tell its progress to."""
        began = time.perf_counter()
        self.report(name, 0.0)
        yield lambda done: self.report(name, done)
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - began, 2)

    def note(self, *sentences: str) -> None:
        """What to know; each sentence once."""
        self.notes.extend(each for each in dict.fromkeys(sentences) if each not in self.notes)

    def chance(self, purpose: str) -> np.random.Generator:
        """A generator of its own per purpose, so that one system more or less changes no other's figures."""
        return np.random.default_rng([self.seed, *purpose.encode()])
