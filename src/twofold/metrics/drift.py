"""How far figures have moved from what they once were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

# An empty bin would make the index infinite; this share is customary in its place.
SMALLEST_SHARE = 1e-4


def bin_shares(values: ArrayLike, edges: Sequence[float]) -> tuple[float, ...]:
    """(k+1,) which share of the values lies up to the first edge, between each two, and above the last.

    >>> bin_shares([1, 2, 3, 9], edges=[2, 5])
    (0.5, 0.25, 0.25)
    """
    places = np.searchsorted(np.asarray(edges, np.float64), np.asarray(values, np.float64))
    counts = np.bincount(places, minlength=len(edges) + 1)
    return tuple(float(share) for share in counts / max(int(counts.sum()), 1))


def stability_index(then: Sequence[float], now: Sequence[float]) -> float:
    """The population stability index of two distributions over the same bins, in nats: sum of (n - t) ln(n / t).

    Below 0.1 is customarily called stable, above 0.25 a shift.

    >>> stability_index([0.5, 0.5], [0.5, 0.5]), round(stability_index([0.5, 0.5], [0.75, 0.25]), 3)
    (0.0, 0.275)
    """
    before, after = (np.maximum(np.asarray(shares, np.float64), SMALLEST_SHARE) for shares in (then, now))
    return float(((after - before) * np.log(after / before)).sum())
