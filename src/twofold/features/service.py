"""The only way to a feature, for training and for serving."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.errors import NotFound
from twofold.domain.time import Micros
from twofold.features.brought import Brought
from twofold.features.checkpoint import Checkpoint
from twofold.features.kept import KeptSides
from twofold.features.layout import Layout
from twofold.features.sheet import BACK, FORWARD, Sheets
from twofold.features.spec import FeatureInput, FeatureVersion, version_of
from twofold.models.lore import Lore
from twofold.models.tastes import Tastes
from twofold.models.vectors import Vectors
from twofold.population.population import Population

# So many rows at once when they are of many viewers: bounds the memory of what is read of both sides.
CHUNK = 20_000
# So many people are prepared in one go: a list that comes meanwhile waits for these.
PART = 2_000


class Reading:
    """m pairs of one viewer as of one moment, read once for all versions and both sides (`FeatureService.read`)."""

    def __init__(
        self, service: FeatureService, viewer: int, candidates: Keys, as_of: AsOf, brought: Brought | None
    ) -> None:
        self._service, self._as_of, self._brought = service, as_of, brought
        self._people = np.empty(len(candidates) + 1, np.int64)
        self._people[0], self._people[1:] = viewer, candidates
        self._kept: dict[str, Floats | None] = {}

    def values(self, version: str) -> Floats:
        """(m, features) as `FeatureService.values`.

        Raises:
            NotFound: there is no such version.
        """
        return self._laid_out(version, turned=False)

    def turned(self, version: str) -> Floats:
        """(m, features) of the same pairs seen from the candidates' side.

        Raises:
            NotFound: there is no such version.
        """
        return self._laid_out(version, turned=True)

    def _laid_out(self, version: str, turned: bool) -> Floats:
        chosen, people = version_of(version), self._people
        if not chosen.per_person and self._sheet is not None:
            if version not in self._kept:
                self._kept[version] = self._service.kept(chosen, people, self._as_of)
            if (kept := self._kept[version]) is not None:
                return self._service.laid_out(chosen, people, self._as_of, self._brought, kept, self._sheet, turned)
        if turned:
            return self._service.values(people[1:], people[:1], self._as_of, version)
        return self._service.values(people[:1], people[1:], self._as_of, version, self._brought)

    @cached_property
    def _sheet(self) -> Floats | None:
        return self._service.sheet(self._people, self._as_of, self._brought)


class FeatureService:
    """Feature rows of pairs of people, each as of its own moment, from one population and one model's vectors.

    A row sees what is dated strictly before its moment and was written up to its log position. Not locked: population
    and checkpoint belong to whoever calls, who holds a lock when others may change them.

    Args:
        population: everyone.
        vectors, lore: of the model that is served or trained; None when there is none.
        checkpoint: rows computed lately, used when all rows have one moment.
        discreet: leave out (NaN) what tells of anybody's decisions about the viewer (`Feature.tells`).
    """

    def __init__(
        self,
        population: Population,
        vectors: Vectors | None = None,
        checkpoint: Checkpoint | None = None,
        discreet: bool = False,
        lore: Lore | None = None,
    ) -> None:
        self._population, self._checkpoint, self._discreet = population, checkpoint, discreet
        self._lore = lore
        self._tastes = None if vectors is None else Tastes(population, vectors)
        self._sheets = Sheets(population, self._tastes, lore or Lore())
        self._sides: dict[str, KeptSides] = {}
        self._layouts: dict[tuple[str, bool], Layout] = {}

    def values(
        self, viewers: Keys, candidates: Keys, as_of: AsOf, version: str, brought: Brought | None = None
    ) -> Floats:
        """(m, features) float32 in the version's order; NaN is unknown.

        Args:
            viewers, candidates, as_of: (m,) people and where each row looks from; one of length 1 stands for all rows.
            brought: per source (m,), whether it brought the candidate; None where nobody knows.

        Raises:
            NotFound: there is no such version, or a key that nobody ever had.
        """
        chosen = version_of(version)
        rows = max(len(viewers), len(candidates), len(as_of)) if min(len(viewers), len(candidates), len(as_of)) else 0
        if not rows:
            return np.empty((0, len(chosen.names)), np.float32)
        if self._kept(chosen, as_of):
            self._check(viewers)
            self._check(candidates)
            return self._through(np.broadcast_to(candidates, rows), as_of, chosen)
        if rows <= CHUNK:
            return self.compute(self.pairs(viewers, candidates, as_of, brought), chosen)
        parts = [slice(start, start + CHUNK) for start in range(0, rows, CHUNK)]
        return np.concatenate([self._part(viewers, candidates, as_of, chosen, brought, part) for part in parts])

    def read(self, viewer: int, candidates: Keys, as_of: AsOf, brought: Brought | None = None) -> Reading:
        """The pairs of one viewer and m candidates, for any version and from both sides: nothing is read twice.

        Args:
            as_of: one moment.
            brought: of the viewer's list, as in `values`; unknown from the other side.

        Raises:
            NotFound: a key that nobody ever had.
        """
        return Reading(self, viewer, candidates, as_of, brought)

    def prepare(self, versions: Collection[str], moment: int, start: int) -> int | None:
        """Compute and keep what these versions say of single people, of ``PART`` keys from ``start`` on.

        Returns:
            Where to go on; None at the end.
        """
        present = self._population.columns.present
        end = min(start + PART, len(present))
        keys = start + np.flatnonzero(present[start:end])
        for name in versions:
            self._kept_sides(version_of(name)).rows(keys, AsOf.at(moment))
        return end if end < len(present) else None

    def pairs(self, viewers: Keys, candidates: Keys, as_of: AsOf, brought: Brought | None = None) -> FeatureInput:
        """What features of pairs are computed from; read as far as features ask for it."""
        self._check(viewers)
        self._check(candidates)
        return FeatureInput(self._population, self._tastes, viewers, candidates, as_of, brought, self._lore)

    def sheet(self, people: Keys, as_of: AsOf, brought: Brought | None) -> Floats | None:
        """The sheet of a viewer and m candidates (m + 1,); None where the definitions are asked instead."""
        if len(people) < 2 or as_of.positions is not None or len(as_of) != 1:
            return None
        self._check(people)
        return self._sheets.of(people, as_of, brought)

    def kept(self, version: FeatureVersion, people: Keys, as_of: AsOf) -> Floats | None:
        """(m + 1, columns) what is kept of each for a version; None where nothing can be."""
        return self._kept_sides(version).rows(people, as_of)

    def laid_out(
        self,
        version: FeatureVersion,
        people: Keys,
        as_of: AsOf,
        brought: Brought | None,
        kept: Floats,
        sheet: Floats,
        turned: bool,
    ) -> Floats:
        """(m, features) from what is kept of a viewer and m candidates and from their sheet."""
        layout = self._layout(version, turned)
        found = layout.filled(kept, sheet)
        if layout.defined:
            sides = (people[1:], people[:1], as_of) if turned else (people[:1], people[1:], as_of, brought)
            pairs = self.pairs(*sides)
            pairs.know({name: found[place] for name, place in layout.known})
            for place, each in layout.defined:
                found[place] = pairs.column(each)
        if self._discreet:
            found[layout.tells] = np.nan
        return found.T

    def flush(self) -> int:
        """Write the rows computed since the last flush to the store; how many."""
        return self._checkpoint.flush() if self._checkpoint else 0

    def _check(self, keys: Keys) -> None:
        if not 0 <= np.minimum.reduce(keys) <= np.maximum.reduce(keys) < len(self._population.columns.present):
            raise NotFound("a key belongs to nobody; only people of the same population have features")

    def _part(
        self,
        viewers: Keys,
        candidates: Keys,
        as_of: AsOf,
        version: FeatureVersion,
        brought: Brought | None,
        part: slice,
    ) -> Floats:
        some = None if brought is None else {name: column[part] for name, column in brought.items()}
        one, other = (each if len(each) == 1 else each[part] for each in (viewers, candidates))
        moments = as_of if len(as_of) == 1 else as_of.take(part)
        return self.compute(self.pairs(one, other, moments, some), version)

    def compute(self, rows: FeatureInput, version: FeatureVersion) -> Floats:
        """(m, features) every feature of a version, of the same rows."""
        # Column after column: each is written in one go, and the ranker's arithmetic does not mind.
        matrix = np.empty((len(version.names), len(rows)), np.float32).T
        rest = self._kept_sides(version).fill(matrix, rows)
        for place, each in rest:
            matrix[:, place] = np.nan if each.tells and self._discreet else rows.column(each)
        return matrix

    def _kept_sides(self, version: FeatureVersion) -> KeptSides:
        if version.name not in self._sides:
            self._sides[version.name] = KeptSides(self._population, version, self.pairs)
        return self._sides[version.name]

    def _layout(self, version: FeatureVersion, turned: bool) -> Layout:
        if (version.name, turned) not in self._layouts:
            kept, figures = self._kept_sides(version).columns, BACK if turned else FORWARD
            self._layouts[version.name, turned] = Layout(version, kept, figures, turned)
        return self._layouts[version.name, turned]

    def _kept(self, version: FeatureVersion, as_of: AsOf) -> bool:
        kept = self._checkpoint
        known = kept is not None and version.per_person and version.name == kept.feature_version
        return known and as_of.positions is None and as_of.one_moment

    def _through(self, keys: Keys, as_of: AsOf, version: FeatureVersion) -> Floats:
        """Rows from the checkpoint where they are good, the others computed in one go and kept."""
        population, moment, kept = self._population, Micros(int(as_of.moments[0])), self._checkpoint
        assert kept is not None
        good = kept.fresh(keys, moment, population.own_change(keys), population.position)
        if good.all():
            return kept.get(keys)
        stale = ~good
        values = np.empty((len(keys), len(version.names)), np.float32)
        values[good] = kept.get(keys[good])
        values[stale] = self.compute(self.pairs(keys[:1], keys[stale], as_of.take(slice(1))), version)
        # Whoever has an event or a profile dated at or after the moment changes when that time comes, without a change
        # in the log.
        settled = stale & (population.columns.last_active[keys] < moment) & population.columns.present[keys]
        settled &= population.profiles.settled(keys, moment)
        kept.put(keys[settled], values[settled], moment, population.position)
        return values
