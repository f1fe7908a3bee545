"""What needs no prediction: candidates who have already decided about the viewer."""

from __future__ import annotations

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.event import EventKind
from twofold.pipeline.query import Query
from twofold.population.population import Population
from twofold.population.standing import standing


class AlreadyDecided:
    """P(candidate likes viewer) where it is a fact: 1 after a like, 0 after a dislike; a pass is "not now" and no fact.

    >>> from twofold.domain.changes import EventColumns
    >>> AlreadyDecided(Population([], EventColumns.empty(), 0)).name
    'already_decided'
    """

    name = "already_decided"

    def __init__(self, population: Population) -> None:
        self._population = population

    def __call__(self, query: Query, keys: Keys) -> Doubles:
        """(m,) 1, 0, or NaN where nothing is settled."""
        found = standing(self._population, keys, np.array([query.viewer], np.int64), AsOf.at(query.as_of))
        known = np.where(found.liked, 1.0, np.nan)
        known[found.kind == EventKind.DISLIKE] = 0.0
        return known
