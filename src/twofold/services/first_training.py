"""When a first training is due: the founding document's thresholds, watched by a running server."""

from __future__ import annotations

from twofold.domain.model import COLLABORATIVE_AFTER, RANKING_AFTER, ModelType
from twofold.models.registry import Registry
from twofold.services.live import Live


class FirstTraining:
    """Says whether a first training is due: more decisions than a threshold, and no model yet that it would give."""

    # After an attempt that gave no model, try again when there are so many times the decisions.
    AGAIN = 1.2

    def __init__(self, live: Live, registry: Registry) -> None:
        self._live, self._registry = live, registry
        self._seen = self._tried = 0

    def __call__(self) -> bool:
        """Whether there is enough for a model that is not there yet."""
        with self._live.lock:
            decisions = self._live.current().population.decisions
        champion = self._registry.champion()
        ranks = champion is not None and champion.type is not ModelType.COLLABORATIVE
        needed = RANKING_AFTER if champion is not None else COLLABORATIVE_AFTER
        self._seen = decisions
        return not ranks and decisions >= max(needed, int(self._tried * self.AGAIN))

    def tried(self) -> None:
        """A training ran to its end with the decisions last seen."""
        self._tried = self._seen
