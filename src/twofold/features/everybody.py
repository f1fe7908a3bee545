"""What a day's lists read of everybody, computed for a snapshot to carry."""

from __future__ import annotations

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.features.kept import KeptSides
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.population.popularity import HALF_LIVES
from twofold.population.population import Population

# So many people at once: bounds what is read of those who decided about them.
PART = 20_000


def begin_day(population: Population, moment: int) -> None:
    """Compute everybody's counters, ranks and features of one side as of a moment, which stand all its UTC day."""
    population.forget_day()
    population.warm(moment)
    for half_life in HALF_LIVES:
        population.popular(moment, half_life)
    present, service, now = population.columns.present, FeatureService(population), AsOf.at(moment)
    for version in VERSIONS.values():
        if version.per_person:
            continue
        sides = KeptSides(population, version, service.pairs)
        for start in range(0, len(present), PART):
            sides.rows(start + np.flatnonzero(present[start : start + PART]), now)
        population.rows[version.name] = sides.kept
