"""The filter of the exposure cap: people who were shown as often as anybody may be in this period."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Codes, Keys, Removed
from twofold.pipeline.query import Query
from twofold.population.population import Population


class ExposureFilter:
    """Removes people who are full (`population.exposure`) before anybody looks for candidates, so that others fill up.

    It protects no one from harm, so a failure of it keeps everybody: a list with somebody popular is better than none.

    Args:
        minimum_age: not needed here; all filters are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> ExposureFilter(Population([], EventColumns.empty(), 0)).name
    'exposure'
    """

    name = "exposure"
    safety = False
    lenient = True

    def __init__(self, population: Population, minimum_age: int = 0) -> None:
        self._population = population

    def judge(self, query: Query, keys: Keys) -> Codes:
        """One code per key; nobody is removed without a cap."""
        codes, exposure = np.zeros(len(keys), np.uint8), self._population.exposure
        if exposure.cap is not None:
            codes[exposure.full(keys, query.as_of)] = Removed.EXPOSED
        return codes
