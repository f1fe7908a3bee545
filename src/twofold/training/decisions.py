"""What training learns from: who said yes or no to whom, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.event import DECISIONS, RULES, EventKind

Ints = NDArray[np.int64]

# The split by time: vectors for the ranker from the first half; of the rows after it, the calibration is fitted from
# three fifths on and the figures are measured from four fifths on.
EARLY_SHARE = 0.5
CALIBRATE_FROM = 0.6
HOLD_OUT_FROM = 0.8
# Marks that numbers share by their remainder, to find those quickly that may be among others.
MARKS = 1 << 24


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions as equally long columns (n,), sorted by time, simultaneous ones in log order.

    ``label`` is 1 for a like or super like, 0 for a dislike or pass; ``weight`` is the confidence of a positive.
    """

    actor: Keys
    target: Keys
    label: NDArray[np.int8]
    weight: Floats
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, events: EventColumns) -> Decisions:
        """The decisions among events."""
        rows = np.flatnonzero(np.isin(events.kind, tuple(DECISIONS)))
        rows = rows[np.argsort(events.at[rows], kind="stable")]
        kinds = events.kind[rows]
        labels = np.zeros(max(EventKind) + 1, np.int8)
        weights = np.zeros(max(EventKind) + 1, np.float32)
        for kind in DECISIONS:
            labels[kind], weights[kind] = RULES[kind].label or 0, RULES[kind].weight
        return cls(events.actor[rows], events.target[rows], labels[kinds], weights[kinds], events.at[rows])

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Decisions:
        """The rows of an index, mask or span."""
        return Decisions(self.actor[index], self.target[index], self.label[index], self.weight[index], self.at[index])

    def before(self, moment: int) -> Decisions:
        """Those strictly before a moment."""
        return self.take(slice(0, int(np.searchsorted(self.at, moment))))

    def since(self, moment: int) -> Decisions:
        """Those at or after a moment."""
        return self.take(slice(int(np.searchsorted(self.at, moment)), len(self)))

    def latest_per_pair(self) -> Decisions:
        """Only the last decision of each actor about each target."""
        pairs = self.actor * (int(self.target.max(initial=0)) + 1) + self.target
        some = _of_repeated(pairs)
        last = len(some) - 1 - np.unique(pairs[some][::-1], return_index=True)[1]
        kept = np.ones(len(self), bool)
        kept[some] = False
        kept[some[last]] = True
        return self.take(kept)

    def people_with_two(self) -> int:
        """How many people decided at least twice."""
        return int((np.bincount(self.actor) >= 2).sum()) if len(self) else 0

    def cut(self, share: float) -> int | None:
        """The moment that splits off the first ``share`` of the rows, so that simultaneous rows stay together.

        Of the two ends of the block of equal times at the wanted place the nearer one is taken. None when all rows
        have one time.
        """
        if not len(self) or self.at[0] == self.at[-1]:
            return None
        wanted = min(int(len(self) * share), len(self) - 1)
        start, end = (int(np.searchsorted(self.at, self.at[wanted], side)) for side in ("left", "right"))
        if start == 0 or (end < len(self) and end - wanted < wanted - start):
            start = end
        return int(self.at[start])


def _of_repeated(numbers: Ints) -> Ints:
    """Places of all numbers that are there more than once; few are, and sorting values is far quicker than places."""
    ordered = np.sort(numbers)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    marks = np.zeros(MARKS, bool)
    marks[repeated % MARKS] = True
    perhaps = np.flatnonzero(marks[numbers % MARKS])
    return perhaps[np.isin(numbers[perhaps], repeated)]
