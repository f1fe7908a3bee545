"""The only way to a feature, for training and for serving."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.domain.errors import NotFound
from twofold.domain.time import Micros
from twofold.features.checkpoint import Checkpoint
from twofold.features.spec import FEATURES, FeatureInput, FeatureVersion, version_of
from twofold.models.vectors import Vectors
from twofold.population.population import Population

Ints = NDArray[np.int64]


class FeatureService:
    """Feature rows of pairs of people, each as of its own moment, from one population and one model's vectors.

    A row sees what happened strictly before its moment. Not locked: the population and the checkpoint belong to
    whoever calls, who holds a lock when others may change them.

    Args:
        population: everyone.
        vectors: of the model that is served or trained; None when there is none.
        checkpoint: rows computed lately, used when all rows have one moment.
    """

    def __init__(
        self, population: Population, vectors: Vectors | None = None, checkpoint: Checkpoint | None = None
    ) -> None:
        self._population, self._vectors, self._checkpoint = population, vectors, checkpoint

    def values(self, viewers: Keys, candidates: Keys, as_of: Ints, version: str) -> Floats:
        """(m, features) float32 in the version's order; NaN is unknown.

        Args:
            viewers, candidates, as_of: (m,) keys and moments; a column of length 1 stands for all rows.

        Raises:
            NotFound: there is no such version, or a key that nobody ever had.
        """
        chosen = version_of(version)
        rows = max(len(viewers), len(candidates), len(as_of)) if min(len(viewers), len(candidates), len(as_of)) else 0
        pairs = FeatureInput(
            self._population,
            self._vectors,
            np.broadcast_to(viewers, rows),
            np.broadcast_to(candidates, rows),
            np.broadcast_to(as_of, rows),
        )
        if rows and not 0 <= pairs.candidates.min() <= pairs.candidates.max() < len(self._population.columns.present):
            raise NotFound("a candidate's key belongs to nobody; only people of the same population have features")
        kept = self._checkpoint
        if kept and rows and chosen.per_person and chosen.name == kept.feature_version and _one_moment(pairs.as_of):
            return self._through(kept, pairs, chosen)
        return compute(pairs, chosen)

    def flush(self) -> int:
        """Write the rows computed since the last flush to the store; how many."""
        return self._checkpoint.flush() if self._checkpoint else 0

    def _through(self, kept: Checkpoint, pairs: FeatureInput, version: FeatureVersion) -> Floats:
        """Rows from the checkpoint where they are good, the others computed in one go and kept."""
        population, keys, moment = self._population, pairs.candidates, Micros(int(pairs.as_of[0]))
        good = kept.fresh(keys, moment, _changed(population, keys), population.position)
        if good.all():
            return kept.get(keys)
        stale = ~good
        values = np.empty((len(keys), len(version.names)), np.float32)
        values[good] = kept.get(keys[good])
        computed = FeatureInput(population, self._vectors, pairs.viewers[stale], keys[stale], pairs.as_of[stale])
        values[stale] = compute(computed, version)
        # Somebody with an event dated at or after the moment changes when that time comes, without a change in the log.
        settled = stale & (population.columns.last_active[keys] < moment) & population.columns.present[keys]
        kept.put(keys[settled], values[settled], moment, population.position)
        return values


def compute(rows: FeatureInput, version: FeatureVersion) -> Floats:
    """(m, features) every feature of a version, freshly computed."""
    matrix = np.empty((len(rows.candidates), len(version.names)), np.float32)
    for place, name in enumerate(version.names):
        matrix[:, place] = FEATURES[name](rows)
    return matrix


def _one_moment(as_of: Ints) -> bool:
    return bool((as_of == as_of[0]).all())


def _changed(population: Population, keys: Keys) -> Ints:
    """(m,) the log position of each person's last change."""
    inside = keys < len(population.changed)
    safe = np.where(inside, keys, 0)
    return np.where(inside, population.changed[safe], 0) if len(population.changed) else np.zeros(len(keys), np.int64)
