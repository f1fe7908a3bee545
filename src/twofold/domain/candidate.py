"""Candidates: the one currency between stages, as immutable columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled

Keys = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Codes = NDArray[np.uint8]


class Removed(IntEnum):
    """Why somebody is not shown to a viewer: the closed list of filter reasons; 0 keeps.

    ``their_*`` are the candidate's own limits. ``asked`` is the request's own exclude list.
    ``exposed`` were shown as often as anybody may be in a period. ``elsewhere`` are outside the wishes of one side
    (gender, age, place) or not active, and were not looked at one by one.
    """

    KEPT = 0
    SELF = 1
    BLOCKED = 2
    REPORTED = 3
    UNMATCHED = 4
    INACTIVE = 5
    UNDER_AGE = 6
    MATCHED = 7
    DECIDED = 8
    ASKED = 9
    GENDER = 10
    AGE = 11
    DISTANCE = 12
    THEIR_GENDER = 13
    THEIR_AGE = 14
    THEIR_DISTANCE = 15
    GONE = 16
    EXPOSED = 17
    ELSEWHERE = 18

    @property
    def label(self) -> str:
        """The name used in answers and metrics."""
        return self.name.lower()


# By code: `Removed.label` without looking for it.
LABELS = tuple(reason.label for reason in Removed)


def among(keys: Keys, eligible: Keys) -> NDArray[np.bool_]:
    """(m,) which of some keys are eligible: work by how many are asked about, whoever else is eligible.

    Args:
        eligible: sorted.

    >>> among(np.array([9, 2, 5]), np.array([2, 3, 9])).tolist()
    [True, True, False]
    """
    return places_among(keys, eligible) >= 0


@compiled
def places_among(keys: Column[np.int64], rising: Column[np.int64]) -> Keys:
    """(m,) where some keys stand among rising ones; -1 for those that do not."""
    places = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        low, high = 0, len(rising)
        while low < high:
            middle = (low + high) // 2
            if rising[middle] < keys[row]:
                low = middle + 1
            else:
                high = middle
        places[row] = low if low < len(rising) and rising[low] == keys[row] else -1
    return places


@dataclass(frozen=True, slots=True)
class Reached:
    """Sorted keys (m,) of people to judge, and (m,) who is sure to be there and active, and whose and the viewer's
    wishes are sure to keep each other.

    >>> Reached.all_of(np.array([3, 8])).sure.tolist()
    [False, False]
    """

    keys: Keys
    sure: NDArray[np.bool_]

    @classmethod
    def all_of(cls, keys: Keys) -> Reached:
        """People of whom nothing is known yet."""
        return cls(keys, np.zeros(len(keys), bool))

    def take(self, kept: NDArray[np.bool_]) -> Reached:
        """Those marked."""
        return Reached(self.keys[kept], self.sure[kept])


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one source brings: person keys (m,) best first, and the source's own scores (m,).

    >>> Candidates.ranked(np.array([4, 9]), np.array([0.1, 0.7])).keys
    array([9, 4])
    """

    keys: Keys
    scores: Floats

    def __post_init__(self) -> None:
        if self.keys.shape != self.scores.shape or self.keys.ndim != 1:
            raise ValueError(f"keys {self.keys.shape} and scores {self.scores.shape} must be equally long columns")
        self.keys.setflags(write=False)
        self.scores.setflags(write=False)

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def none(cls) -> Candidates:
        """Nobody."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))

    @classmethod
    def ranked(cls, keys: NDArray[np.int64], scores: NDArray[np.floating]) -> Candidates:
        """Best first; equal scores keep their order, so a caller that wants ties shuffled shuffles first."""
        order = np.argsort(-scores, kind="stable")
        return cls(keys[order].astype(np.int64), scores[order].astype(np.float32))
