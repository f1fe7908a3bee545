"""What features say of one person alone, kept for as long as it stands: a list reads a row instead of computing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.features.definition import Feature, FeatureInput
from twofold.features.spec import FEATURES, FeatureVersion
from twofold.population.crowd import Crowd
from twofold.population.population import Population

Mask = NDArray[np.bool_]
SIDES = ("viewer", "candidate")
Pairs = Callable[[Keys, Keys, AsOf], FeatureInput]


class KeptSides:
    """Rows of the features that are `of` one side, computed by these features themselves and kept.

    A row stands until its person changes, the UTC day is over, or what everybody did before that day is known anew. It
    is not kept while something of the person is dated ahead, nor for moments before the latest one asked about.

    Args:
        population: everyone.
        version: its features that are of one side are kept.
        pairs: the input of pairs of people; of each with themselves, so that on either side stands the same one.
    """

    def __init__(self, population: Population, version: FeatureVersion, pairs: Pairs) -> None:
        self._population, self._pairs = population, pairs
        features = [FEATURES[name] for name in version.names]
        self._kept = [(place, each) for place, each in enumerate(features) if each.of is not None]
        self._rest = [(place, each) for place, each in enumerate(features) if each.of is None]
        self._all = list(enumerate(features))
        self._places = {side: [place for place, each in self._kept if each.of == side] for side in SIDES}
        self._columns = {side: [n for n, (_, each) in enumerate(self._kept) if each.of == side] for side in SIDES}
        self._since, self._day, self._seen = -1, -1, -1
        self._totals: tuple[object, ...] = ()
        self._crowd: Crowd | None = None
        self._values: Floats = np.empty((0, len(self._kept)), np.float32)
        self._position: Keys = np.empty(0, np.int64)

    def fill(self, matrix: Floats, rows: FeatureInput) -> Sequence[tuple[int, Feature]]:
        """Fill in the columns that are kept, of (m, features); the places and features that are left to compute."""
        sides = (rows.viewer, rows.candidate)
        if not self._kept or rows.as_of.positions is not None or len(rows.as_of) != 1:
            return self._all
        viewer, candidate = (self.rows(side.keys, rows.as_of) for side in sides)
        if viewer is None or candidate is None:
            return self._all
        for side, found in (("viewer", viewer), ("candidate", candidate)):
            matrix[:, self._places[side]] = found[:, self._columns[side]]
        for place, each in self._kept:
            rows.keep(each, matrix[:, place])
        return self._rest

    def rows(self, keys: Keys, as_of: AsOf) -> Floats | None:
        """(m, features) of some people as of one moment of the present; None where rows cannot be kept."""
        if as_of.positions is not None or not as_of.one_moment or not len(keys):
            return None
        moment = int(as_of.moments[0])
        if moment < self._since:
            return None
        self._renew(as_of.take(slice(1)), moment)
        stale = self._position[keys] <= self._population.latest_change(keys)
        if not stale.any():
            return self._values[keys]
        found = self._values[keys]
        found[stale] = self._computed(keys[stale], as_of.take(slice(1)), moment)
        return found

    def _renew(self, as_of: AsOf, moment: int) -> None:
        """Forget all that the day, or what is known of everybody before it, leaves behind."""
        population, day = self._population, int(as_of.days[0])
        if moment == self._since and population.position == self._seen:
            return
        totals = tuple(float(each[0]) for each in astuple(population.totals.sums(as_of)))
        crowd = None if self._crowd is None or day != self._day else population.crowd(as_of)
        people = len(population.columns.present)
        if day != self._day or totals != self._totals or crowd is not self._crowd or people > len(self._position):
            self._values = np.empty((people, len(self._kept)), np.float32)
            self._position = np.full(people, -1, np.int64)
            self._crowd = None
        self._since, self._day, self._seen, self._totals = moment, day, population.position, totals

    def _computed(self, keys: Keys, as_of: AsOf, moment: int) -> Floats:
        pairs, population = self._pairs(keys, keys, as_of), self._population
        rows = np.empty((len(keys), len(self._kept)), np.float32)
        for column, (_, each) in enumerate(self._kept):
            rows[:, column] = each(pairs)
        self._crowd = pairs.__dict__.get("crowd", self._crowd)
        stands = population.stands(keys, moment)
        self._values[keys[stands]] = rows[stands]
        # One more than the position: a row of nobody's changes at position 0 stands too.
        self._position[keys[stands]] = population.position + 1
        return rows
