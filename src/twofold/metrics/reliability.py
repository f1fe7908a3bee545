"""What was said against what was seen: the points of a reliability plot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like probability: how many, the mean that was said, the share that was seen."""

    rows: int
    said: float
    seen: float


def reliability(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> list[Bin]:
    """Bins of equal mass, lowest first; fewer when there are fewer rows, none without rows.

    The mean gap between said and seen, weighted by rows, is `probability.ece`.

    >>> reliability([0, 1], [0.2, 0.7], bins=2)
    [Bin(rows=1, said=0.2, seen=0.0), Bin(rows=1, said=0.7, seen=1.0)]
    """
    truth, given = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
    if not len(truth):
        return []
    parts = np.array_split(np.argsort(given, kind="stable"), min(bins, len(truth)))
    return [Bin(len(part), float(given[part].mean()), float(truth[part].mean())) for part in parts]
