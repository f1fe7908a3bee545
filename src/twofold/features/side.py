"""One side of the pairs that features are about: everything that is read of a person, read once."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from twofold.compiled import Column, Table, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.models.tastes import Known, Tastes
from twofold.population.history import Counters, Ints, Tally
from twofold.population.latest import Latest
from twofold.population.population import LATEST_DECISIONS, Population
from twofold.population.profiles import ProfileRows


class Side:
    """The viewers, or the candidates, of m pairs.

    Somebody who stands in all of them is read once: then all columns here have one row, which stands for all.

    Args:
        keys: (m,) or (1,) people.
        as_of: (m,) or (1,).

    >>> from twofold.domain.changes import EventColumns
    >>> side = Side(Population([], EventColumns.empty(), 0), None, np.empty(0, np.int64), AsOf.at(5))
    >>> len(side.given.decisions)
    0
    """

    def __init__(self, population: Population, tastes: Tastes | None, keys: Keys, as_of: AsOf) -> None:
        self._population, self._tastes, self.keys = population, tastes, keys
        rows = max(len(keys), len(as_of)) if len(keys) else 0
        self._keys, self.as_of = (
            (np.broadcast_to(keys, rows), as_of.broadcast(rows)) if rows else (keys, as_of.take(slice(0)))
        )

    @cached_property
    def given(self) -> Counters:
        """What they did."""
        return self._population.given.counters(self._keys, self.as_of)

    @cached_property
    def received(self) -> Counters:
        """What was decided about them."""
        return self._population.received.counters(self._keys, self.as_of)

    @cached_property
    def given_tally(self) -> Counters | Tally:
        """What they decided: the two counters that cost least, unless all are known."""
        return self.__dict__.get("given") or self._population.given.tally(self._keys, self.as_of)

    @cached_property
    def received_tally(self) -> Counters | Tally:
        """What was decided about them, in the same way."""
        return self.__dict__.get("received") or self._population.received.tally(self._keys, self.as_of)

    @cached_property
    def last_act(self) -> Ints:
        """(m,) when they last did something; 0: never."""
        known = self.__dict__.get("given")
        return self._population.given.last_before(self._keys, self.as_of) if known is None else known.last

    def fading(self, half_life: int) -> Doubles:
        """Likes received, fading by half in so many days."""
        return self._population.received.fading(self._keys, self.as_of, half_life)

    @cached_property
    def profile(self) -> ProfileRows:
        """Who they were."""
        return self._population.profiles.of(self._keys, self.as_of)

    @cached_property
    def taste(self) -> Known:
        """Their vectors as those who like."""
        if self._tastes is None:
            return Known.none(len(self._keys))
        return self._tastes.viewers(self._keys, self.as_of)

    @cached_property
    def appeal(self) -> Known:
        """Their vectors as those who are liked."""
        if self._tastes is None:
            return Known.none(len(self._keys))
        return self._tastes.candidates(self._keys)

    @cached_property
    def latest_given(self) -> Latest:
        """Their latest decisions, the standing one about each person."""
        return self._population.standing(self._population.given.latest(self._keys, self.as_of, LATEST_DECISIONS))

    @cached_property
    def latest_received(self) -> Latest:
        """The latest decisions about them, the standing one of each person."""
        return self._population.standing(self._population.received.latest(self._keys, self.as_of, LATEST_DECISIONS))


def dot(one: Known, other: Known) -> Doubles:
    """(m,) inner products of rows, or of one row with each; NaN where either is not known."""
    return products_of(one.rows, one.known, other.rows, other.known)


@compiled
def products_of(
    one: Table[np.float32], one_known: Column[np.bool_], other: Table[np.float32], other_known: Column[np.bool_]
) -> Doubles:
    """As `dot`, of rows (m, d) or (1, d) and who is known."""
    rows = max(len(one), len(other)) if min(len(one), len(other)) else 0
    found = np.empty(rows)
    for row in range(rows):
        here, there = row if len(one) > 1 else 0, row if len(other) > 1 else 0
        total = np.nan
        if one_known[here] and other_known[there]:
            total = 0.0
            for place in range(one.shape[1]):
                total += float(one[here, place]) * float(other[there, place])
        found[row] = total
    return found
