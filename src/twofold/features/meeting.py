"""Where the decisions of two sides meet: the people both have to do with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.population.history import DECIDES, POSITIVE
from twofold.population.latest import Acts, Latest
from twofold.population.loops import SIEVE
from twofold.population.population import LATEST_DECISIONS, Population

Role = Literal["given", "received"]
LIKES, DECLINES = {"given": 1, "received": 4}, {"given": 2, "received": 8}  # bits of a mark

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Met:
    """Common neighbours of m pairs in flat columns (n,): the pair, the neighbour, and whether each end is a like.

    >>> Met(np.array([0]), np.array([7]), np.array([True]), np.array([False])).turned().mine.tolist()
    [False]
    """

    row: NDArray[np.int64]
    other: NDArray[np.int64]
    mine: Mask
    theirs: Mask

    def turned(self) -> Met:
        """Seen from the other side."""
        return Met(self.row, self.other, self.theirs, self.mine)

    def sums(self, rows: int, weights: Doubles | None = None) -> Doubles:
        """(2, 2, m) common neighbours of each pair, by whether mine and theirs is a like (1) or not (0).

        Args:
            rows: m.
            weights: (n,) what each counts; None: 1.

        >>> Met(np.array([0]), np.array([7]), np.array([True]), np.array([False])).sums(1)[1, 0].tolist()
        [1.0]
        """
        place = (2 * self.mine + self.theirs) * rows + self.row
        return np.bincount(place, weights, 4 * rows).astype(np.float64).reshape(2, 2, rows)


def meet(mine: Latest, theirs: Latest, one: bool) -> Met:
    """The neighbours that both sides of each pair have.

    Args:
        mine, theirs: standing decisions.
        one: ``mine`` has one row, which stands for all.
    """
    mine = mine.by_other()
    if one:
        known, wanted = mine.other, theirs.other
    else:
        width = max(int(mine.other.max(initial=0)), int(theirs.other.max(initial=0))) + 1
        known, wanted = mine.row * width + mine.other, theirs.row * width + theirs.other
    if not len(known):
        nobody, nothing = np.empty(0, np.int64), np.empty(0, bool)
        return Met(nobody, nobody, nothing, nothing)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    hit = known[place] == wanted
    return Met(theirs.row[hit], theirs.other[hit], mine.positive[place[hit]], theirs.positive[hit])


class Marks:
    """A mark per person, by which the neighbours that one viewer has in common with many are found without searching.

    A byte each says whom the viewer likes, declined, is liked and was declined by.
    """

    def __init__(self, population: Population) -> None:
        self._population, self._marks, self._sieve = population, np.zeros(1, np.uint8), np.zeros(SIEVE, bool)

    def meet(
        self, given: Acts, received: Acts, candidates: Keys, as_of: AsOf, degrees: Keys
    ) -> tuple[Doubles, Doubles]:
        """How many neighbours each candidate has in common with one viewer, and the sums of what these count.

        Args:
            given, received: what the viewer did before the moment, and what was decided about them.
            as_of: one moment.
            degrees: (n,) by key, how many decisions each person has to do with.

        Returns:
            (2, 2, 2, 2, m) count and sum, by the viewer's role (given, received), and as `Met.sums`: by the candidates'
            decisions, and by those about them.
        """
        self._reserve(given, received)
        asked = candidates, as_of, LATEST_DECISIONS, self._marks, self._sieve, degrees
        try:
            for role, acts in (("given", given), ("received", received)):
                bits = LIKES[role], DECLINES[role]
                mark(self._marks, self._sieve, acts.other, acts.kind, DECIDES, POSITIVE, LATEST_DECISIONS, *bits)
            return self._population.given.meet(*asked), self._population.received.meet(*asked)
        finally:
            self._marks[given.other] = self._marks[received.other] = 0
            self._sieve[:] = False

    def _reserve(self, *some: Acts) -> None:
        size = max(len(self._population.columns.present), *(int(each.other.max(initial=-1)) + 1 for each in some))
        if size > len(self._marks):
            self._marks = np.zeros(size, np.uint8)


@compiled
def mark(
    marks: Written[np.uint8],
    sieve: Written[np.bool_],
    other: Column[np.int32],
    kind: Column[np.int8],
    decides: Column[np.bool_],
    positive: Column[np.bool_],
    most: int,
    like: int,
    decline: int,
) -> None:
    """Mark whom the latest decisions of some acts are about, with one bit or the other, as the last of each says.

    Args:
        other, kind: (n,) as in `Acts`.
        decides, positive: (kinds,) which are decisions, and which are likes.
        most: decisions.
        like, decline: the bits.
    """
    left, place = most, len(other) - 1
    while place >= 0 and left:
        if decides[kind[place]]:
            left -= 1
            sieve[other[place] & (SIEVE - 1)] = True
            if not marks[other[place]] & (like | decline):
                marks[other[place]] |= like if positive[kind[place]] else decline
        place -= 1
