"""What features say of one person alone, kept for as long as it stands: a list reads a row instead of computing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Table, Written, WrittenTable, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.time import day_of
from twofold.features.definition import Feature, FeatureInput
from twofold.features.spec import FEATURES, FeatureVersion
from twofold.population.kept_rows import KeptRows
from twofold.population.population import Population

Mask = NDArray[np.bool_]
SIDES = ("viewer", "candidate")
# Features of one side that look at the model too: snapshots, which know of none, do not carry them.
OF_MODEL = frozenset({"viewer_habits", "embedding_norm", "embedding_sparsity"})
STALE, UNKNOWN = 2, 1  # a row does not stand any more, or its features of the model are not known yet
Pairs = Callable[[Keys, Keys, AsOf], FeatureInput]


class KeptSides:
    """Rows of the features that are `of` one side, computed by these features themselves and kept.

    A row stands until its person changes, the UTC day is over, or what everybody did before that day is known anew. It
    is not kept while something of the person is dated ahead, nor for moments before the latest one asked about. It
    begins with the rows that the population's snapshot carries, if any.

    Args:
        population: everyone.
        version: its features that are of one side are kept.
        pairs: the input of pairs of people; of each with themselves, so that on either side stands the same one.
    """

    def __init__(self, population: Population, version: FeatureVersion, pairs: Pairs) -> None:
        self._population, self._pairs = population, pairs
        features = [FEATURES[name] for name in version.names]
        of_one = [(place, each) for place, each in enumerate(features) if each.of is not None]
        self._rest = [(place, each) for place, each in enumerate(features) if each.of is None]
        self._all = list(enumerate(features))
        # Whoever looks and whoever is looked at have the same figure, where the version has twins.
        kept = [each for _, each in of_one if each.twin not in version.names]
        kept.sort(key=lambda each: each.name in OF_MODEL)
        self._kept, self._shared = kept, sum(each.name not in OF_MODEL for each in kept)
        places = {each.name: column for column, each in enumerate(kept)}
        self.columns = {each.name: places.get(each.name, places.get(each.twin or "", -1)) for _, each in of_one}
        self._kept_places, self._kept_names = [place for place, _ in of_one], [each.name for _, each in of_one]
        self._places = {side: [place for place, each in of_one if each.of == side] for side in SIDES}
        self._columns = {side: [self.columns[each.name] for _, each in of_one if each.of == side] for side in SIDES}
        self._seen = -1
        names = [f"{each.name}:{each.revision}" for each in kept[: self._shared]]
        carried = population.rows.get(version.name)
        same = carried is not None and carried.names == names
        self._rows = carried if carried is not None and same else KeptRows.none(names, 0)
        self._model_rows()

    @property
    def kept(self) -> KeptRows:
        """The rows, without what looks at the model."""
        return self._rows

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
        rows.know(dict(zip(self._kept_names, matrix.T[self._kept_places], strict=True)))
        return self._rest

    def rows(self, keys: Keys, as_of: AsOf) -> Floats | None:
        """(m, features) of some people as of one moment of the present; None where rows cannot be kept."""
        if as_of.positions is not None or not as_of.one_moment or not len(keys):
            return None
        moment = int(as_of.moments[0])
        if moment < self._rows.since:
            return None
        self._renew(as_of, moment)
        found, lacks = np.empty((len(keys), len(self._kept)), np.float32), np.empty(len(keys), np.uint8)
        latest, rows = self._population.latest_change(keys), self._rows
        if read(keys, latest, rows.position, rows.values, self._known, self._of_model, found, lacks):
            stale, unknown = np.flatnonzero(lacks == STALE), np.flatnonzero(lacks == UNKNOWN)
            if len(stale):
                found[stale] = self._computed(keys[stale], as_of.take(slice(1)), moment)
            if len(unknown):
                found[unknown, self._shared :] = self._completed(keys[unknown], as_of.take(slice(1)))
        return found

    def _renew(self, as_of: AsOf, moment: int) -> None:
        """Forget all that the day, or what is known of everybody before it, leaves behind."""
        rows, population = self._rows, self._population
        same_day = day_of(moment) == day_of(rows.since)
        if population.position == self._seen and same_day:
            rows.since = moment
            return
        totals = tuple(float(each[0]) for each in astuple(population.totals.sums(as_of.take(slice(1)))))
        crowd = None if rows.crowd is None or not same_day else population.crowd(as_of)
        people = len(population.columns.present)
        if not same_day or totals != rows.totals or crowd is not rows.crowd or people > len(rows.position):
            self._rows = KeptRows.none(rows.names, people)
            self._model_rows()
        self._rows.since, self._rows.totals, self._seen = moment, totals, population.position

    def _model_rows(self) -> None:
        """No row holds what looks at the model yet."""
        people, more = len(self._rows.position), len(self._kept) - self._shared
        self._of_model, self._known = np.empty((people, more), np.float32), np.full(people, not more)

    def _computed(self, keys: Keys, as_of: AsOf, moment: int) -> Floats:
        pairs, population, rows = self._pairs(keys, keys, as_of), self._population, self._rows
        found = np.empty((len(keys), len(self._kept)), np.float32)
        for column, each in enumerate(self._kept):
            found[:, column] = each(pairs)
        rows.crowd = pairs.__dict__.get("crowd", rows.crowd)
        stands = population.stands(keys, moment)
        rows.values[keys[stands]] = found[stands, : self._shared]
        # One more than the position: a row of nobody's changes at position 0 stands too.
        rows.position[keys[stands]] = population.position + 1
        self._of_model[keys[stands]], self._known[keys[stands]] = found[stands, self._shared :], True
        return found

    def _completed(self, keys: Keys, as_of: AsOf) -> Floats:
        """(m, features of the model) of people whose rows stand, kept with them."""
        pairs = self._pairs(keys, keys, as_of)
        found = np.stack([each(pairs) for each in self._kept[self._shared :]], axis=1)
        self._of_model[keys], self._known[keys] = found, True
        return found


@compiled
def read(
    keys: Column[np.int64],
    latest: Column[np.int64],
    position: Column[np.int64],
    values: Table[np.float32],
    known: Column[np.bool_],
    of_model: Table[np.float32],
    found: WrittenTable[np.float32],
    lacks: Written[np.uint8],
) -> int:
    """Fill in the rows of some people, and what each lacks: nothing (0), `STALE` or `UNKNOWN`; how many lack something.

    Args:
        keys, latest: (m,) people and the log positions of their latest changes.
        position, values, known, of_model: by key; rows as `KeptRows`, and what looks at the model, where known.
    """
    lacking, shared = 0, values.shape[1]
    for row in range(len(keys)):
        key = keys[row]
        lacks[row] = STALE if position[key] <= latest[row] else UNKNOWN if not known[key] else 0
        lacking += lacks[row] > 0
        found[row, :shared], found[row, shared:] = values[key], of_model[key]
    return lacking
