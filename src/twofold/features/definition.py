"""What a feature is: a name, a revision, and one vectorised function from `FeatureInput` to a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.domain.time import MICROS_PER_DAY
from twofold.models.vectors import Vectors
from twofold.population.history import Counters
from twofold.population.population import Population


@dataclass(frozen=True)
class FeatureInput:
    """What a feature may look at: m pairs of people, each at a moment of its own.

    Args:
        population: everyone; counters see events strictly before each row's moment.
        vectors: of the first stage; None while there is no model.
        viewers, candidates: (m,) person keys.
        as_of: (m,) moments.
    """

    population: Population
    vectors: Vectors | None
    viewers: Keys
    candidates: Keys
    as_of: NDArray[np.int64]

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """(m,) the UTC day of each row's moment."""
        return self.as_of // MICROS_PER_DAY

    @cached_property
    def counters(self) -> Counters:
        """What the candidates had done before each row's moment."""
        return self.population.history.counters(self.candidates, self.as_of)

    @cached_property
    def ages(self) -> NDArray[np.int16]:
        """(m,) completed years of the candidates on each row's day; -1 when unknown."""
        columns = self.population.columns
        if len(self.days) and (self.days == self.days[0]).all():
            return columns.ages(self.candidates, int(self.days[0]))
        dates = self.days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        month = months.astype(np.int64) % 12 + 1
        day = (dates - months).astype(np.int64) + 1
        year = months.astype("datetime64[Y]").astype(np.int64) + 1970
        return columns.ages_on(self.candidates, year.astype(np.int16), (month * 100 + day).astype(np.int16))


Compute = Callable[[FeatureInput], Floats]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Args:
        name: as it stands in feature versions, models and documents.
        compute: gives the column (m,) float32; NaN is unknown.
        revision: to be raised whenever the meaning changes, so that models trained on the old one are not served.
        extractor: the module that defines it.
        per_person: looks at the candidate alone, never at the viewer (and may be kept per person).
    """

    name: str
    compute: Compute
    revision: int
    extractor: str
    per_person: bool

    def __call__(self, rows: FeatureInput) -> Floats:
        """The column (m,) of this feature."""
        return self.compute(rows)


def feature(*, revision: int = 1, per_person: bool = True) -> Callable[[Compute], Feature]:
    """Make a function a feature of the same name.

    >>> @feature()
    ... def zero(rows: FeatureInput) -> Floats:
    ...     return np.zeros(len(rows.candidates), np.float32)
    >>> zero.name, zero.revision
    ('zero', 1)
    """

    def define(compute: Compute) -> Feature:
        extractor = compute.__module__.rpartition(".")[2]
        return Feature(compute.__name__, compute, revision, extractor, per_person)

    return define
