"""The exploration source: chance, so that everyone is seen by somebody and the model meets people it did not choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twofold.domain.candidate import Candidates, Keys
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.population.population import Population


class ExplorationSource:
    """Draws uniformly among all eligible people, without replacement, in the order drawn.

    The order matters: the first drawn are the ones that a policy puts on screen, with a probability it can tell.

    Args:
        population, model: not needed here; all sources are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> ExplorationSource(Population([], EventColumns.empty(), 0)).name
    'exploration'
    """

    @dataclass(frozen=True, slots=True)
    class Config:
        """``score`` is low, so that where scores are all there is (no ranker answers) the drawn come last."""

        score: float = 0.1

    name = "exploration"

    def __init__(self, population: Population, model: LoadedModel | None = None, config: Config | None = None) -> None:
        self._config = config or self.Config()

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """A uniform draw: first drawn, first in the list."""
        drawn = query.rng.choice(eligible, min(limit, len(eligible)), replace=False)
        return Candidates(drawn, np.full(len(drawn), self._config.score, np.float32))

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """Always the same, since chance has no other."""
        return ["Someone new for you to discover"] * len(keys)
