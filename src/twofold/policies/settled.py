"""What needs no prediction: candidates who have already decided about the viewer."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.event import EventKind
from twofold.pipeline.query import Query
from twofold.population.population import Population
from twofold.population.standing import last_about

# By kind of the decision; nothing decided, and "not now", settle nothing.
FACTS = np.full(max(EventKind) + 1, np.nan)
FACTS[[EventKind.LIKE, EventKind.SUPER_LIKE]], FACTS[EventKind.DISLIKE] = 1.0, 0.0


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
        acts = self._population.received.acts_of(query.viewer, query.as_of)
        return FACTS[last_about(acts, keys).kind]
