"""The source of people who already like the viewer: nobody is more likely to like back than one who is asked to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Candidates, Keys
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.population.history import POSITIVE
from twofold.population.population import Population
from twofold.sources.falling import falling


class AdmirersSource:
    """Brings people whose like of the viewer stands, the latest first.

    The own score falls evenly from 1 by place. It gives no reason: that somebody likes the viewer is theirs to tell.

    Args:
        model: not needed here; all sources are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> AdmirersSource(Population([], EventColumns.empty(), 0)).name
    'admirers'
    """

    name = "admirers"
    tells = True

    def __init__(self, population: Population, model: LoadedModel | None = None) -> None:
        self._population = population

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """Standing likes of the viewer, newest first."""
        acts = self._population.received.acts_of(query.viewer, query.as_of)
        keys = np.empty(len(acts.other), np.int64)
        count = admirers(acts.other, acts.kind, acts.at, acts.distinct, POSITIVE, eligible, keys)
        keys = keys[: min(count, limit)]
        return Candidates(keys, falling(len(keys)))

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """Never any."""
        return [None] * len(keys)


@compiled
def admirers(
    other: Column[np.int32],
    kind: Column[np.int8],
    at: Column[np.int64],
    distinct: bool,
    positive: Column[np.bool_],
    eligible: Column[np.int64],
    keys: Written[np.int64],
) -> int:
    """How many of the eligible like somebody, as it stands: whose decision was the last comes first.

    Args:
        other, kind, at, distinct: decisions about that person, as `Acts` has them.
        positive: (kinds,) which are likes.
        keys: (n,).
    """
    stands, count = np.ones(len(other), np.bool_), 0
    if not distinct:
        order = np.argsort(other, kind="mergesort")
        for number in range(len(order) - 1):
            stands[order[number]] = other[order[number]] != other[order[number + 1]]
    end = len(other)
    while end:
        start = end - 1
        while start and at[start - 1] == at[end - 1]:
            start -= 1
        for place in range(start, end):  # those of one moment in the order of the log
            if not (stands[place] and positive[kind[place]]):
                continue
            found = np.searchsorted(eligible, other[place])
            if found < len(eligible) and eligible[found] == other[place]:
                keys[count] = other[place]
                count += 1
        end = start
    return count
