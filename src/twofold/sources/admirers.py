"""The source of people who already like the viewer: nobody is more likely to like back than one who is asked to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Candidates, Keys, among
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.population.population import Population


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
        latest = self._population.received.latest(np.array([query.viewer]), AsOf.at(query.as_of))
        stands = self._population.standing(latest)
        admirers = stands.other[stands.positive][np.argsort(-stands.at[stands.positive], kind="stable")]
        keys = admirers[among(admirers, eligible)][:limit]
        return Candidates(keys, (1.0 - np.arange(len(keys)) / max(len(keys), 1)).astype(np.float32))

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """Never any."""
        return [None] * len(keys)
