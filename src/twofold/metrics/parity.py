"""Whether two computations of one matrix agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Ten times the precision of float32: sums of the same figures in another order agree, anything else does not.
TOLERANCE = 1e-6


def differences(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far two matrices of one shape are apart, entry by entry.

    Returns:
        0 where both are NaN or within `TOLERANCE` of the larger size (absolute below 1); infinite where only one is
        NaN, or where infinities differ.

    >>> differences(np.array([1.0, np.nan, 1.0, 3e6]), np.array([1.0, np.nan, np.nan, 3e6 + 1])).tolist()
    [0.0, 0.0, inf, 0.0]
    """
    mine, theirs = one.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.abs(mine - theirs)
        larger = np.maximum(1.0, np.maximum(np.abs(mine), np.abs(theirs)))
        same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        same |= np.isfinite(larger) & (apart <= TOLERANCE * larger)
    return np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))
