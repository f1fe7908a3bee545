"""Between the stages: the merged pool of candidates, and the order a policy gives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Floats, Keys


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of all sources, nobody twice.

    Args:
        keys: (m,) person keys.
        sources: names of the sources, in the order of the columns of ``own``.
        own: (m, sources) each source's own score; NaN where it did not bring the person.
        eligible: how many people the sources chose from.
    """

    keys: Keys
    sources: tuple[str, ...]
    own: Floats
    eligible: int

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Pool:
        """The rows of an index or mask."""
        return Pool(self.keys[index], self.sources, self.own[index], self.eligible)

    def brought_by(self, row: int) -> tuple[str, ...]:
        """The names of the sources that brought one candidate."""
        return tuple(name for name, own in zip(self.sources, self.own[row], strict=True) if not np.isnan(own))


@dataclass(frozen=True, slots=True)
class Slate:
    """An order of a pool.

    Args:
        order: (m,) rows of the pool, a permutation: the first ``limit`` are shown, the rest is the reserve.
        propensities: (m,) by row of the pool: the probability that this person was drawn for the position; NaN where
            nothing was drawn.
    """

    order: NDArray[np.intp]
    propensities: Doubles
