"""Feature rows of people, as they are kept between processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Rows of one feature version, one per person.

    Args:
        keys: (n,) person keys.
        values: (n, features) in the version's order; NaN is unknown.
        computed_at: (n,) the moments in `Micros` they were computed for.
        position: (n,) the log positions they had seen.
    """

    keys: Keys
    values: Floats
    computed_at: NDArray[np.int64]
    position: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def none(cls) -> FeatureRows:
        """No rows.

        >>> len(FeatureRows.none())
        0
        """
        empty = np.empty(0, np.int64)
        return cls(empty, np.empty((0, 0), np.float32), empty, empty)
