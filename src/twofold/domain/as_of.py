"""As of when: moments to look from, and how much of the log had been written by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twofold.domain.time import MICROS_PER_DAY

Ints = NDArray[np.int64]
ALL_OF_THE_LOG = 2**62  # no position is above this
Index = NDArray[np.intp] | NDArray[np.bool_] | slice


@dataclass(frozen=True)
class AsOf:
    """Where each of m rows looks from: it sees changes up to a log position, as far as they are dated before a moment.

    Args:
        moments: (m,) in `Micros`; what is dated at or after them is not seen, so ties never are.
        positions: (m,) the last log position that is seen. None: a moment stands for the last position before it, that
            is, for all that is dated before it whenever it was written (imports bring the past late).

    >>> AsOf.at(5).moments.tolist(), AsOf.at([5, 6], [1, 1]).take(slice(1)).positions
    ([5], array([1]))
    """

    moments: Ints
    positions: Ints | None = None

    def __post_init__(self) -> None:
        if self.positions is not None and self.positions.shape != self.moments.shape:
            raise ValueError(f"moments {self.moments.shape} and positions {self.positions.shape} must be equally long")

    def __len__(self) -> int:
        return len(self.moments)

    @classmethod
    def at(cls, moments: int | Sequence[int] | Ints, positions: int | Sequence[int] | Ints | None = None) -> AsOf:
        """From one moment or many."""
        some = np.atleast_1d(np.asarray(moments, np.int64))
        if positions is None:
            return cls(some)
        return cls(some, np.broadcast_to(np.atleast_1d(np.asarray(positions, np.int64)), some.shape))

    def take(self, index: Index) -> AsOf:
        """The rows of an index, mask or span."""
        return AsOf(self.moments[index], None if self.positions is None else self.positions[index])

    def broadcast(self, rows: int) -> AsOf:
        """One row as so many; as many as there are already stay as they are."""
        if len(self) == rows:
            return self
        return AsOf(
            np.broadcast_to(self.moments, rows),
            None if self.positions is None else np.broadcast_to(self.positions, rows),
        )

    def earlier(self, micros: int) -> AsOf:
        """The same rows, looking from a delay earlier; positions are as they were."""
        return AsOf(self.moments - micros, self.positions)

    def comparable(self, other: AsOf) -> NDArray[np.bool_]:
        """(m,) whether the row sees all that another (of one row) sees, or the other way round.

        >>> AsOf.at([1, 9, 9], [1, 1, 9]).comparable(AsOf.at(5, 5)).tolist()
        [True, False, True]
        """
        moments, positions = np.sign(self.moments - other.moments), np.sign(self._written - other._written)
        return np.asarray(moments * positions >= 0)

    def shared(self, other: AsOf) -> AsOf:
        """The same rows, seeing only what another (of one row) sees too."""
        return AsOf(np.minimum(self.moments, other.moments), np.minimum(self._written, other._written))

    @property
    def _written(self) -> Ints:
        return np.full(len(self), ALL_OF_THE_LOG) if self.positions is None else self.positions

    @cached_property
    def days(self) -> Ints:
        """(m,) the UTC day of each moment."""
        return self.moments // MICROS_PER_DAY

    @cached_property
    def one_moment(self) -> bool:
        """Whether all rows look from the same place."""
        same = bool((self.moments == self.moments[:1]).all())
        return same and (self.positions is None or bool((self.positions == self.positions[:1]).all()))
