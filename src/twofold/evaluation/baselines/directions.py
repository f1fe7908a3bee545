"""Two directions, one score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twofold.domain.candidate import Doubles

LEAST = 1e-9  # a direction of nothing makes the whole nothing, and still orders

Together = Callable[[Doubles, Doubles], Doubles]


def one_sided(there: Doubles, _back: Doubles) -> Doubles:
    """Only how much the viewer likes the candidate."""
    return there


def product(there: Doubles, back: Doubles) -> Doubles:
    """One times the other, negative ones counting nothing."""
    return np.asarray(np.maximum(there, LEAST) * np.maximum(back, LEAST))


def harmonic(there: Doubles, back: Doubles) -> Doubles:
    """The harmonic mean, negative ones counting nothing.

    >>> harmonic(np.array([0.5]), np.array([1.0])).round(3).tolist()
    [0.667]
    """
    one, other = np.maximum(there, LEAST), np.maximum(back, LEAST)
    return np.asarray(2 * one * other / (one + other))
