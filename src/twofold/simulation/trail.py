"""Events on their way, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.event import DECISIONS, POSITIVES
from twofold.simulation.residents import Bools, Ints


@dataclass(frozen=True, slots=True)
class Trail:
    """Events as columns (m,): actor and target are places in the town's list, kinds `EventKind` numbers, at Micros.

    >>> one = np.array([1])
    >>> len(Trail.concatenate([Trail(one, one, one.astype(np.int8), one)] * 2))
    2
    """

    actor: Ints
    target: Ints
    kind: NDArray[np.int8]
    at: Ints

    def __len__(self) -> int:
        return len(self.actor)

    def take(self, index: Ints | Bools) -> Trail:
        """The rows of an index or mask."""
        return Trail(self.actor[index], self.target[index], self.kind[index], self.at[index])

    def by_time(self) -> Trail:
        """Sorted by time; equal times keep their order."""
        return self.take(np.argsort(self.at, kind="stable"))

    def decisions(self) -> Bools:
        """(m,) which are likes, super likes, dislikes and passes."""
        return np.isin(self.kind, tuple(DECISIONS))

    def likes(self) -> Bools:
        """(m,) which are likes and super likes."""
        return np.isin(self.kind, tuple(POSITIVES))

    def couples(self, people: int) -> Ints:
        """(m,) one number for the two people of each event, whoever acted."""
        return np.minimum(self.actor, self.target) * people + np.maximum(self.actor, self.target)

    @classmethod
    def concatenate(cls, parts: list[Trail]) -> Trail:
        """All parts, one after the other."""
        return cls(
            np.concatenate([part.actor for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.kind for part in parts]),
            np.concatenate([part.at for part in parts]),
        )
