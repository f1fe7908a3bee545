"""What a feature is: a name, a revision, and one vectorised function from `FeatureInput` to a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Floats, Keys
from twofold.features.brought import Brought
from twofold.features.meeting import Met, Role, meet
from twofold.features.side import Side, dot
from twofold.models.lore import Lore
from twofold.models.tastes import Known, Tastes
from twofold.population.crowd import Crowd
from twofold.population.latest import Latest
from twofold.population.population import Population
from twofold.population.standing import Standing, standing
from twofold.population.totals import Sums

SideName = Literal["viewer", "candidate"]
What = Literal["common", "weighed"]


class FeatureInput:
    """What a feature may look at: m pairs of people, each as of a moment of its own.

    Args:
        population: everyone; what is dated at or after a row's moment is not seen.
        tastes: the first stage's vectors; None while there is no model.
        viewers, candidates: (m,) or (1,) person keys.
        as_of: (m,) or (1,).
        brought: which sources brought each candidate; None where nobody knows.
        lore: of labels; None: nothing is known of them.
    """

    def __init__(
        self,
        population: Population,
        tastes: Tastes | None,
        viewers: Keys,
        candidates: Keys,
        as_of: AsOf,
        brought: Brought | None = None,
        lore: Lore | None = None,
    ) -> None:
        self.lore = lore or Lore()
        self.population, self.tastes, self.as_of, self.brought = population, tastes, as_of, brought
        self.viewer = Side(population, tastes, viewers, as_of)
        self.candidate = Side(population, tastes, candidates, as_of)
        self._met: dict[tuple[Role, Role], Met] = {}
        self._sums: dict[tuple[What, Role, Role], Doubles] = {}
        self._columns: dict[str, Floats] = {}

    def column(self, each: Feature) -> Floats:
        """The column of a feature, computed once."""
        if each.name not in self._columns:
            self._columns[each.name] = each.compute(self)
        return self._columns[each.name]

    def know(self, columns: Mapping[str, Floats]) -> None:
        """Columns of these pairs by feature are known."""
        self._columns.update(columns)

    def __len__(self) -> int:
        sizes = len(self.viewer.keys), len(self.candidate.keys), len(self.as_of)
        return max(sizes) if min(sizes) else 0

    @cached_property
    def totals(self) -> Sums:
        """What everybody did on the whole days before each row's moment."""
        return self.population.totals.sums(self.as_of)

    @cached_property
    def crowd(self) -> Crowd:
        """Everybody at the beginning of the day; all rows must look from one moment."""
        return self.population.crowd(self.as_of)

    @cached_property
    def products(self) -> Doubles:
        """(m,) of the viewer's taste with the candidate's appeal; NaN where either is not known."""
        return dot(self.viewer.taste, self.candidate.appeal)

    @cached_property
    def products_back(self) -> Doubles:
        """(m,) of the candidate's taste with the viewer's appeal; NaN where either is not known."""
        return dot(self.candidate.taste, self.viewer.appeal)

    @cached_property
    def above(self) -> Doubles:
        """(m,) by how many standard deviations `products` lies above its mean over all candidates; else 0."""
        return self._deviation(self.viewer.taste, self.products, "candidates")

    @cached_property
    def above_back(self) -> Doubles:
        """(m,) by how many standard deviations `products_back` lies above its mean over all viewers; else 0."""
        return self._deviation(self.viewer.appeal, self.products_back, "viewers")

    @cached_property
    def returned(self) -> Standing:
        """(m,) what each candidate has decided about the viewer."""
        return standing(self.population, self.candidate.keys, self.viewer.keys, self.as_of)

    def met(self, mine: Role, theirs: Role) -> Met:
        """Common neighbours of each pair: people by the viewer's decisions (``given``) or those about them
        (``received``), and the same of the candidate."""
        if (mine, theirs) not in self._met:
            one, other = _latest(self.viewer, mine), _latest(self.candidate, theirs)
            if len(self.candidate.as_of) == 1 < len(self.viewer.as_of):
                self._met[mine, theirs] = meet(other, one, one=True).turned()
            else:
                self._met[mine, theirs] = meet(one, other, one=len(self.viewer.as_of) == 1)
        return self._met[mine, theirs]

    def common(self, mine: Role, theirs: Role) -> Doubles:
        """(2, 2, m) `Met.sums`: how many."""
        return self._summed("common", mine, theirs)

    def weighed(self, mine: Role, theirs: Role) -> Doubles:
        """(2, 2, m) `Met.sums`: each counting by how choosy it is."""
        return self._summed("weighed", mine, theirs)

    def _summed(self, what: What, mine: Role, theirs: Role) -> Doubles:
        if (what, mine, theirs) not in self._sums:
            met = self.met(mine, theirs)
            weights = self.crowd.weights(met.other) if what == "weighed" else None
            self._sums[what, mine, theirs] = met.sums(len(self), weights)
        return self._sums[what, mine, theirs]

    def _deviation(self, vectors: Known, products: Doubles, side: Literal["candidates", "viewers"]) -> Doubles:
        if self.tastes is None:
            return np.zeros(len(products))
        return np.fmax(self.tastes.vectors.deviation_of(vectors.rows, products, side), 0.0)


def _latest(side: Side, role: Role) -> Latest:
    return side.latest_given if role == "given" else side.latest_received


Compute = Callable[[FeatureInput], Floats]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Args:
        name: as it stands in feature versions, models and documents.
        compute: gives the column (m,) or (1,) float32; NaN is unknown.
        revision: to be raised whenever the meaning changes, so that models trained on the old one are not served.
        extractor: the module that defines it.
        per_person: looks at the candidate alone, never at the viewer (and may be kept per person).
        of: the one side that it looks at; within a UTC day its value moves with that person alone, not with the moment.
        turned: the feature that has its value when the pair is seen from the other side.
        tells: looks at who decided what about the viewer, which the viewer must not learn.
        twin: the feature that says of the viewer what this one says of the candidate.
    """

    name: str
    compute: Compute
    revision: int
    extractor: str
    per_person: bool
    tells: bool
    of: SideName | None = None
    turned: str | None = None
    twin: str | None = None

    def __call__(self, rows: FeatureInput) -> Floats:
        """The column of this feature."""
        return self.compute(rows)


def feature(
    *,
    revision: int = 1,
    per_person: bool = False,
    tells: bool = False,
    of: SideName | None = None,
    turned: str | None = None,
    twin: str | None = None,
) -> Callable[[Compute], Feature]:
    """Make a function a feature of the same name.

    >>> @feature()
    ... def zero(rows: FeatureInput) -> Floats:
    ...     return np.zeros(len(rows), np.float32)
    >>> zero.name, zero.revision
    ('zero', 1)
    """

    def define(compute: Compute) -> Feature:
        extractor = compute.__module__.rpartition(".")[2]
        return Feature(compute.__name__, compute, revision, extractor, per_person, tells, of, turned, twin)

    return define
