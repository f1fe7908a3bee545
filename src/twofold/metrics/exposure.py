"""Who gets shown: how evenly attention is spread over people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def gini(counts: ArrayLike) -> float:
    """Gini coefficient of how often each person was shown: 0 all alike, towards 1 one person gets all.

    Args:
        counts: (n,) one entry per person who could have been shown, zeros included.

    Returns:
        NaN when nobody was shown.

    >>> gini([5, 5, 5]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    shown = np.sort(np.asarray(counts, np.float64))
    total = float(shown.sum())
    if total <= 0:
        return float("nan")
    people = len(shown)
    places = np.arange(1, people + 1)
    return float((2 * places - people - 1) @ shown / (people * total))


def share_shown(counts: ArrayLike) -> float:
    """Share of people shown at least once; NaN without people.

    >>> share_shown([3, 0, 1, 0])
    0.5
    """
    shown = np.asarray(counts)
    return float((shown > 0).mean()) if len(shown) else float("nan")


def top_share(counts: ArrayLike, share: float = 0.01) -> float:
    """Which part of all showings went to the most shown ``share`` of people (at least one person).

    >>> top_share([7, 1, 1, 1], share=0.25)
    0.7
    """
    shown = np.sort(np.asarray(counts, np.float64))[::-1]
    total = float(shown.sum())
    if total <= 0:
        return float("nan")
    return float(shown[: max(1, round(len(shown) * share))].sum() / total)
