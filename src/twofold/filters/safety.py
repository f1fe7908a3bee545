"""The filter that must never be wrong: who must not be shown to whom, whatever either side wishes."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Codes, Keys, Removed
from twofold.domain.time import day_of
from twofold.filters.marks import Marks
from twofold.pipeline.query import Query
from twofold.population.population import Population

BETWEEN_TWO = (Removed.BLOCKED, Removed.REPORTED, Removed.UNMATCHED)


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
        columns = self._population.columns
        present = self._present(keys)
        codes = np.where(present, Removed.KEPT, Removed.GONE).astype(np.uint8)
        codes[keys == query.viewer] = Removed.SELF
        here = np.flatnonzero(codes == 0)
        some = keys[here]
        marks = Marks()
        marks.put_all(*self._population.relations.excluded(query.viewer, query.as_of), BETWEEN_TWO)
        found = marks.of(some)
        found[(found == 0) & ~columns.active[some]] = Removed.INACTIVE
        ages = columns.ages(some, day_of(query.as_of))
        found[(found == 0) & (ages >= 0) & (ages < self._minimum_age)] = Removed.UNDER_AGE
        codes[here] = found
        return codes

    def _present(self, keys: Keys) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        present = self._population.columns.present
        inside = (keys >= 0) & (keys < len(present))
        if inside.all():
            return present[keys]
        known = np.zeros(len(keys), bool)
        known[inside] = present[keys[inside]]
        return known
