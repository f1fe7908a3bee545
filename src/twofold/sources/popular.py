"""The source of people who are liked lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Candidates, Keys
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.population.decay import HALF_LIFE_DAYS
from twofold.population.population import Population


class PopularSource:
    """Brings whom most likes went to lately, each like fading by half in so many days; nobody without a like.

    Args:
        model: knows the half-life that finds most here; without one it is 30 days.

    >>> from twofold.domain.changes import EventColumns
    >>> PopularSource(Population([], EventColumns.empty(), 0)).name
    'popular'
    """

    @dataclass(frozen=True, slots=True)
    class Config:
        """ "Popular lately" is told of the ``told`` share of people who are liked most."""

        told: float = 0.05

    name = "popular"

    def __init__(self, population: Population, model: LoadedModel | None = None, config: Config | None = None) -> None:
        self._population, self._config = population, config or self.Config()
        self._half_life = HALF_LIFE_DAYS if model is None else model.half_life

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """The most liked lately; equal figures in an order by chance."""
        lately = self._population.popular(query.as_of, self._half_life)
        some = most_liked(lately, eligible, limit)
        query.rng.shuffle(some)
        return Candidates.ranked(some, lately[some])

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """Of the most popular alone. The viewer does not count: no reason may depend on who likes them."""
        lately = self._population.popular(query.as_of, self._half_life)[keys]
        told = self._population.popular_from(query.as_of, self._config.told, query.viewer, self._half_life)
        return ["Popular lately" if 0 < likes >= told else None for likes in lately.tolist()]


@compiled
def most_liked(lately: Column[np.float64], eligible: Column[np.int64], limit: int) -> Keys:
    """At most so many of the eligible, in no order: whose figures are the greatest, and above 0.

    Args:
        lately: (keys,) by key.
    """
    # A heap whose first is the least of the best so far.
    keys, figures, count = np.empty(limit, np.int64), np.empty(limit), 0
    for key in eligible:
        figure = lately[key]
        if not figure > 0 or (count == limit and (count == 0 or figure <= figures[0])):
            continue
        if count < limit:
            place, count = count, count + 1
            while place and figures[(place - 1) // 2] > figure:
                keys[place], figures[place] = keys[(place - 1) // 2], figures[(place - 1) // 2]
                place = (place - 1) // 2
        else:
            place = 0
            while True:
                child = 2 * place + 1
                if child + 1 < limit and figures[child + 1] < figures[child]:
                    child += 1
                if child >= limit or figures[child] >= figure:
                    break
                keys[place], figures[place] = keys[child], figures[child]
                place = child
        keys[place], figures[place] = key, figure
    return keys[:count]
