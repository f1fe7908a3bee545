"""What people have decided about each other, as it stands at a moment: the last decision counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Keys
from twofold.domain.event import EventKind
from twofold.population.latest import Latest
from twofold.population.population import Population
from twofold.population.ragged import chunks

# A row of a training set may be of somebody with 10,000 decisions: so many entries are looked at in one go.
CHUNK = 4_000_000

LIKE, SUPER_LIKE, DISLIKE, PASS = (
    int(kind) for kind in (EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.DISLIKE, EventKind.PASS)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing decisions of m actors about m targets.

    Args:
        kind: (m,) `EventKind` numbers; 0 where nothing was decided.
        at: (m,) when; 0 where nothing was.
    """

    kind: NDArray[np.int8]
    at: NDArray[np.int64]

    @property
    def liked(self) -> NDArray[np.bool_]:
        """(m,) a like or super like stands."""
        return np.asarray((self.kind == LIKE) | (self.kind == SUPER_LIKE))

    @property
    def super_liked(self) -> NDArray[np.bool_]:
        """(m,) a super like stands."""
        return np.asarray(self.kind == SUPER_LIKE)

    @property
    def declined(self) -> NDArray[np.bool_]:
        """(m,) a dislike or pass stands."""
        return np.asarray((self.kind == DISLIKE) | (self.kind == PASS))


def standing(population: Population, actors: Keys, targets: Keys, as_of: AsOf) -> Standing:
    """What each actor thinks of the target of the same row; actors or targets may be one for all rows.

    >>> from twofold.domain.changes import EventColumns
    >>> nobody = Population([], EventColumns.empty(), 0)
    >>> standing(nobody, np.array([1, 2]), np.array([3]), AsOf.at(5)).kind.tolist()
    [0, 0]
    """
    if len(targets) == 1 and as_of.one_moment:
        return _looked_up(population.received.latest(targets, as_of.take(slice(1))), actors)
    if len(actors) == 1 and as_of.one_moment:
        return _looked_up(population.given.latest(actors, as_of.take(slice(1))), targets)
    rows = max(len(actors), len(targets), len(as_of))
    actors, targets, as_of = np.broadcast_to(actors, rows), np.broadcast_to(targets, rows), as_of.broadcast(rows)
    kind, at = np.zeros(rows, np.int8), np.zeros(rows, np.int64)
    decisions = population.given.tally(actors, as_of).decisions
    for start, end in chunks(decisions, CHUNK):
        part = slice(start, end)
        latest = population.given.latest(actors[part], as_of.take(part))
        hits = latest.take(latest.other == targets[part][latest.row])
        kind[start + hits.row], at[start + hits.row] = hits.kind, hits.at  # the last of a row is the last to be written
    return Standing(kind, at)


def _looked_up(latest: Latest, others: Keys) -> Standing:
    """One person's decisions, or those about them, found by the other person."""
    return Standing(*last_of(latest.other, latest.kind, latest.at, others))


@compiled
def last_of(
    other: Column[np.int64], kind: Column[np.int8], at: Column[np.int64], others: Column[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """(m,) kinds and times of the last decision about each of some people; 0 where there is none.

    Args:
        other, kind, at: (n,) one person's decisions in the order of time.
    """
    kinds, times = np.zeros(len(others), np.int8), np.zeros(len(others), np.int64)
    order = np.argsort(other, kind="mergesort")
    for row in range(len(others)):
        low, high = 0, len(other)
        while low < high:
            middle = (low + high) // 2
            if other[order[middle]] <= others[row]:
                low = middle + 1
            else:
                high = middle
        if low and other[order[low - 1]] == others[row]:
            kinds[row], times[row] = kind[order[low - 1]], at[order[low - 1]]
    return kinds, times
