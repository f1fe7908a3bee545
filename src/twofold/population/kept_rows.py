"""Figures of everybody, one row each, computed by whoever reads a population; snapshots carry those of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.population.crowd import Crowd
from twofold.population.frozen import Arrays, labels, number, roomy, words_of


@dataclass(slots=True)
class KeptRows:
    """Rows that stand until their person changes, the UTC day is over, or what all did before that day is known anew.

    Args:
        names: (n,) what the columns are, with their revision.
        since: the latest moment as of which rows were computed; they are of its UTC day.
        totals: (4,) what everybody did before that day (`Sums`).
        values: (keys, n).
        position: (keys,) a row holds all changes before this log position; -1: there is no row.
        crowd: the one that they were computed with, if they look at any.
    """

    names: Sequence[str]
    since: int
    totals: tuple[float, ...]
    values: Floats
    position: Keys
    crowd: Crowd | None = None

    @classmethod
    def none(cls, names: Sequence[str], people: int) -> KeptRows:
        """Of so many people none yet."""
        values = np.empty((people, len(names)), np.float32)
        return cls(names, -1, (), values, np.full(people, -1, np.int64))

    def frozen(self, people: int) -> dict[str, NDArray[Any]]:
        """The rows of so many people as arrays, with room for who comes later."""
        return {
            "names": labels(self.names),
            "since": number(self.since),
            "totals": np.array(self.totals, np.float64),
            "crowd": number(self.crowd is not None),
            "values": roomy(self.values, people),
            "position": roomy(self.position + 1, people) - 1,
        }

    @classmethod
    def thawed(cls, arrays: Arrays, crowd: Crowd) -> KeptRows:
        """Of what `frozen` gave, which is not copied, and the crowd of that day."""
        totals = tuple(arrays["totals"].tolist())
        names, since = words_of(arrays["names"]), int(arrays["since"][0])
        used = crowd if arrays["crowd"][0] else None
        return cls(names, since, totals, arrays["values"], arrays["position"], used)
