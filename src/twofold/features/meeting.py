"""Where the decisions of two sides meet: the people both have to do with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.population.latest import Latest

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
