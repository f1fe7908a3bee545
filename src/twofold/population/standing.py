"""What people have decided about each other, as it stands at a moment: the last decision counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Keys
from twofold.domain.event import EventKind
from twofold.population.history import DECIDES
from twofold.population.latest import Acts
from twofold.population.live_history import LiveHistory
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
        return last_about(_acts(population.received, targets, as_of), actors)
    if len(actors) == 1 and as_of.one_moment:
        return last_about(_acts(population.given, actors, as_of), targets)
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


def last_about(acts: Acts, others: Keys) -> Standing:
    """Of one person's acts, or those about them, the last decision that has to do with each of some others (m,)."""
    return Standing(*last_of(acts.other, acts.kind, acts.at, DECIDES, others))


def _acts(history: LiveHistory, one: Keys, as_of: AsOf) -> Acts:
    """What one person did, or what was done to them, as of one moment."""
    if as_of.positions is None and len(as_of):
        return history.acts_of(int(one[0]), int(as_of.moments[0]))
    latest = history.latest(one, as_of.take(slice(1)))
    return Acts(latest.other.astype(np.int32), latest.kind, latest.at, latest.distinct)


@compiled
def last_of(
    other: Column[np.int32],
    kind: Column[np.int8],
    at: Column[np.int64],
    decides: Column[np.bool_],
    others: Column[np.int64],
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """(m,) kinds and times of the last decision about each of some people; 0 where there is none.

    Args:
        other, kind, at: (n,) one person's acts in the order of time.
        decides: (kinds,) which are decisions.
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
        while low and other[order[low - 1]] == others[row] and not decides[kind[order[low - 1]]]:
            low -= 1
        if low and other[order[low - 1]] == others[row]:
            kinds[row], times[row] = kind[order[low - 1]], at[order[low - 1]]
    return kinds, times
