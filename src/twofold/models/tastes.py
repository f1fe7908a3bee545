"""Vectors of people as of a moment: those of the fit, or folded in anew for whoever decided since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.event import RULES, EventKind
from twofold.models.vectors import Vectors
from twofold.population.population import LATEST_DECISIONS, Population

_WEIGHTS = np.zeros(max(EventKind) + 1, np.float32)
for _kind, _rule in RULES.items():
    _WEIGHTS[_kind] = _rule.weight

# So many vectors of the present are kept; a town's active people of one training's life.
MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Known:
    """Vectors (m, d), and whose are known (m,); rows of others are zero."""

    rows: Floats
    known: NDArray[np.bool_]

    @classmethod
    def none(cls, rows: int) -> Known:
        """Nobody's."""
        return cls(np.zeros((rows, 1), np.float32), np.zeros(rows, bool))


class Tastes:
    """The first stage's vectors with what people decided since.

    Somebody who has decided since the fit is folded in (`Vectors.fold_in`) from the likes among their latest 200
    decisions in the log; the vectors of those who are liked stay as they were fitted.

    >>> one = np.ones((1, 2), np.float32)
    >>> vectors = Vectors(one, one, np.array([True]), np.array([True]), regularization=1.0)
    >>> from twofold.domain.changes import EventColumns
    >>> tastes = Tastes(Population([], EventColumns.empty(), 0), vectors)
    >>> tastes.viewers(np.array([0]), AsOf.at(5)).rows.tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, population: Population, vectors: Vectors) -> None:
        self._population, self.vectors = population, vectors
        self._fit = AsOf.at(vectors.as_of, vectors.position)
        self._kept: dict[int, tuple[int, Floats | None]] = {}

    def candidates(self, keys: Keys) -> Known:
        """(m, d) as those who are liked."""
        return Known(*self.vectors.as_candidates(keys))

    def viewers(self, keys: Keys, as_of: AsOf) -> Known:
        """(m, d) as those who like, each as of its own moment."""
        rows, known = self.vectors.as_viewers(keys)
        stale = self._stale(keys, as_of)
        if len(stale) and as_of.positions is None and as_of.one_moment:
            stale = self._from_kept(keys, int(as_of.moments[0]) if len(as_of) else 0, stale, rows, known)
        if len(stale):
            self._fold(keys, as_of, stale, rows, known)
        return Known(rows, known)

    def viewer(self, key: int, moment: int) -> Floats | None:
        """(d,) as `viewers`, of one person as of one moment; None when nothing is known."""
        population, vectors = self._population, self.vectors
        if key < len(population.changed):
            changed, last = population.changed[key], population.columns.last_active[key]
            if changed <= vectors.position and last < min(moment, vectors.as_of):
                return vectors.viewer(key)
            kept = self._kept.get(key)
            if kept is not None and kept[0] == changed and last < moment:
                return kept[1]
        found = self.viewers(np.array([key]), AsOf.at(moment))
        return found.rows[0] if found.known[0] else None

    def _stale(self, keys: Keys, as_of: AsOf) -> Keys:
        """The rows of those who have decided since the fit, as far as the row sees."""
        changed = self._population.changed
        if not len(changed) or not len(as_of):
            return np.empty(0, np.int64)  # nobody is there, so nobody has decided
        if as_of.positions is not None or not as_of.one_moment:
            return np.flatnonzero(self._differ(keys, as_of.broadcast(len(keys))))
        # Mostly nobody has news: then neither count needs to be read.
        before, some = min(int(as_of.moments[0]), self.vectors.as_of), np.empty(len(keys), np.int64)
        news = with_news(keys, changed, self._population.columns.last_active, self.vectors.position, before, some)
        if not news:
            return some[:0]
        some = some[:news]
        return some[self._differ(keys[some], as_of.broadcast(len(keys)).take(some))]

    def _differ(self, keys: Keys, as_of: AsOf) -> NDArray[np.bool_]:
        """(m,) whether a row sees other decisions than the fit has seen."""
        given, fit = self._population.given, self._fit
        seen = given.tally(keys, as_of).decisions
        people, place = np.unique(keys, return_inverse=True)
        differ = np.asarray(seen != given.tally(people, fit).decisions[place])
        # As many are the same where one of both sees all that the other does; else what both see is counted too.
        equal = np.flatnonzero(~differ & ~as_of.comparable(fit))
        if len(equal):
            shared = given.tally(keys[equal], as_of.take(equal).shared(fit)).decisions
            differ[equal] = shared != seen[equal]
        return differ

    def _from_kept(self, keys: Keys, moment: int, stale: Keys, rows: Floats, known: NDArray[np.bool_]) -> Keys:
        """Fill in what is kept of the present; the rows that are left to fold, kept from then on."""
        left, changed, last = [], self._population.changed, self._population.columns.last_active
        for row in stale.tolist():
            key = int(keys[row])
            found = self._kept.get(key)
            if found is None or found[0] != changed[key] or last[key] >= moment:
                left.append(row)
                continue
            known[row] = found[1] is not None
            rows[row] = 0 if found[1] is None else found[1]
        return np.array(left, np.int64)

    def _fold(self, keys: Keys, as_of: AsOf, stale: Keys, rows: Floats, known: NDArray[np.bool_]) -> None:
        population = self._population
        asked = as_of.broadcast(len(keys)).take(stale)
        latest = population.given.latest(keys[stale], asked, LATEST_DECISIONS, as_written=True)
        latest = population.standing(latest)
        likes = latest.take(latest.positive)
        folded, found = self.vectors.fold_in(likes.row, likes.other, _WEIGHTS[likes.kind], len(stale))
        rows[stale], known[stale] = folded, found
        if as_of.positions is None and as_of.one_moment and len(self._kept) + len(stale) <= MOST_KEPT:
            self._keep(keys[stale], int(as_of.moments[0]), folded, found)

    def _keep(self, keys: Keys, moment: int, folded: Floats, found: NDArray[np.bool_]) -> None:
        """Keep for the next list what no event that is dated ahead will change by itself."""
        settled = self._population.columns.last_active[keys] < moment
        for row in np.flatnonzero(settled).tolist():
            key = int(keys[row])
            self._kept[key] = (int(self._population.changed[key]), folded[row] if found[row] else None)


@compiled
def with_news(
    keys: Column[np.int64],
    changed: Column[np.int64],
    last_active: Column[np.int64],
    position: int,
    before: int,
    rows: Written[np.int64],
) -> int:
    """Fill in the rows of those who changed after a log position, or did something from a moment on; how many."""
    count = 0
    for row in range(len(keys)):
        key = keys[row]
        known = key < min(len(changed), len(last_active))
        if not known or changed[key] > position or last_active[key] >= before:
            rows[count] = row
            count += 1
    return count
