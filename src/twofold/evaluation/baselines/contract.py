"""The one contract of a baseline, and what it may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.time import Micros
from twofold.evaluation.data import likes_of

Moments = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Past:
    """What a baseline may learn lists from.

    Args:
        decisions: strictly before ``cut``, by time.
        people: keys are below it.
    """

    decisions: EventColumns
    people: int
    cut: Micros

    @property
    def likes(self) -> EventColumns:
        """Likes and super likes among the decisions."""
        return likes_of(self.decisions)

    def before(self, moment: Micros) -> Past:
        """The past of an earlier moment."""
        return Past(self.decisions.take(self.decisions.at < moment), self.people, moment)


class Baseline(Protocol):
    """Scores candidates for lists frozen at the cut.

    ``name`` is what the document calls it, ``what`` says in a few words what it does.
    """

    name: str
    what: str

    def scores(self, viewer: int, candidates: Keys) -> Doubles:
        """(m,) the higher the better; equal ones are put in random order by whoever makes the list."""


@runtime_checkable
class Probable(Protocol):
    """A baseline that says P(like)."""

    name: str
    what: str

    def predict(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """(m,) from what happened strictly before each row's own moment."""
