"""The filter of what is settled: people the viewer has decided on, and those the request asks to leave out."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Codes, Keys, Removed
from twofold.filters.marks import in_turn, marked
from twofold.pipeline.query import Query
from twofold.population.population import Population

SETTLED = in_turn(Removed.MATCHED, Removed.DECIDED, Removed.ASKED)


class DecidedFilter:
    """Removes people the viewer matched with or decided on (a pass for as long as it lasts), and the asked-for ones.

    Args:
        minimum_age: not needed here; all filters are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> DecidedFilter(Population([], EventColumns.empty(), 0)).name
    'decided'
    """

    name = "decided"
    safety = True

    def __init__(self, population: Population, minimum_age: int = 0) -> None:
        self._population = population

    def judge(self, query: Query, keys: Keys) -> Codes:
        """One code per key; a match counts before a decision, a decision before the request's own list."""
        who, codes = self._population.relations.excluded(query.viewer, query.as_of)
        if query.exclude:
            who = np.concatenate([who, np.fromiter(query.exclude, np.int64, len(query.exclude))])
            codes = np.concatenate([codes, np.full(len(query.exclude), Removed.ASKED, np.uint8)])
        return marked(keys, who, codes, SETTLED)
