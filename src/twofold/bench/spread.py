"""How times are spread: the figures every table of a benchmark shows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from twofold.domain.candidate import Doubles


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds.

    >>> Spread.of([0.001, 0.002, 0.003])
    Spread(n=3, p50=2.0, p90=2.8, p99=2.98, max=3.0)
    """

    n: int
    p50: float
    p90: float
    p99: float
    max: float

    @classmethod
    def of(cls, seconds: Sequence[float] | Doubles) -> Spread:
        """The spread of seconds; NaN are left out, and of nothing it is all NaN."""
        values = np.asarray(seconds, np.float64) * 1e3
        values = values[~np.isnan(values)]
        if not len(values):
            nothing = float("nan")
            return cls(n=0, p50=nothing, p90=nothing, p99=nothing, max=nothing)
        p50, p90, p99 = np.percentile(values, [50, 90, 99]).tolist()
        most = float(values.max())
        return cls(n=len(values), p50=round(p50, 3), p90=round(p90, 3), p99=round(p99, 3), max=round(most, 3))
