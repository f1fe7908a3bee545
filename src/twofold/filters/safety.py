"""The filter that must never be wrong: who must not be shown to whom, whatever either side wishes."""

from __future__ import annotations

import numpy as np

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Codes, Keys, Removed
from twofold.domain.time import day_of
from twofold.filters.marks import in_turn, marked
from twofold.pipeline.query import Query
from twofold.population.population import Population

SELF, GONE, INACTIVE, UNDER_AGE = (int(Removed[name]) for name in ("SELF", "GONE", "INACTIVE", "UNDER_AGE"))
BETWEEN_TWO = in_turn(Removed.BLOCKED, Removed.REPORTED, Removed.UNMATCHED)


class SafetyFilter:
    """Removes the viewer, people who are gone, blocked (either way), reported or unmatched, inactive, or under age.

    Somebody of unknown age passes: admission decides about them (`domain.person.Admission`). This is the net below it,
    for ages that admission did not see (another minimum, a date corrected in the database).

    >>> from twofold.domain.changes import EventColumns
    >>> SafetyFilter(Population([], EventColumns.empty(), 0), minimum_age=18).name
    'safety'
    """

    name = "safety"
    safety = True

    def __init__(self, population: Population, minimum_age: int) -> None:
        self._population, self._minimum_age = population, minimum_age

    def judge(self, query: Query, keys: Keys) -> Codes:
        """One code per key; of several reasons the first in the order of the class line counts."""
        return self._judge(query, keys, known=False)

    def judge_sure(self, query: Query, keys: Keys) -> Codes:
        """As `judge`, of people of whom reach is sure, so that they are there and active: that is not read again."""
        return self._judge(query, keys, known=True)

    def _judge(self, query: Query, keys: Keys, known: bool) -> Codes:
        columns = self._population.columns
        between = marked(keys, *self._population.relations.excluded(query.viewer, query.as_of), BETWEEN_TWO)
        born = columns.birth_year, columns.birth_month_day
        on = columns.calendar(day_of(query.as_of))
        there = columns.present, columns.active
        return unsafe(keys, between, known, query.viewer, *there, *born, *on, self._minimum_age)


@compiled
def unsafe(
    keys: Column[np.int64],
    between: Column[np.uint8],
    known: bool,
    viewer: int,
    present: Column[np.bool_],
    active: Column[np.bool_],
    birth_year: Column[np.int16],
    birth_month_day: Column[np.int16],
    year: int,
    month_day: int,
    minimum_age: int,
) -> Codes:
    """(m,) why somebody must not be shown to a viewer, whatever they wish; 0: nothing is known against it.

    Args:
        between: (m,) codes of what happened between the two.
        known: all are there and active.
        present, active, birth_year, birth_month_day: of everyone (`PeopleColumns`).
        year, month_day: of the day, as birth dates are kept.
    """
    codes = between.copy()
    for row in range(len(keys)):
        key = keys[row]
        if not known and (not 0 <= key < len(present) or not present[key]):
            codes[row] = GONE
        elif key == viewer:
            codes[row] = SELF
        elif codes[row] == 0 and not known and not active[key]:
            codes[row] = INACTIVE
        elif codes[row] == 0 and year - birth_year[key] <= minimum_age and birth_year[key] != 0:
            age = year - birth_year[key] - (month_day < birth_month_day[key])
            codes[row] = UNDER_AGE if age < minimum_age else 0
    return codes
