"""Utilities: how the two directions make one score. All rise with either side, and are 0..1 like what they combine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twofold.domain.candidate import Doubles

Utility = Callable[[Doubles, Doubles], Doubles]


def product(viewer_likes: Doubles, candidate_likes: Doubles) -> Doubles:
    """The probability that both like each other, were the two independent given what is known of the pair.

    >>> product(np.array([0.5]), np.array([0.5])).tolist()
    [0.25]
    """
    return viewer_likes * candidate_likes


def harmonic(viewer_likes: Doubles, candidate_likes: Doubles) -> Doubles:
    """The harmonic mean: near the smaller of the two (Pizzato et al., RECON, 2010).

    >>> harmonic(np.array([0.5, 0.0]), np.array([0.25, 0.0])).round(3).tolist()
    [0.333, 0.0]
    """
    both = viewer_likes + candidate_likes
    return 2 * viewer_likes * candidate_likes / np.where(both > 0, both, 1)


def minimum(viewer_likes: Doubles, candidate_likes: Doubles) -> Doubles:
    """The less willing side decides.

    >>> minimum(np.array([0.5]), np.array([0.25])).tolist()
    [0.25]
    """
    return np.minimum(viewer_likes, candidate_likes)


def one_sided(viewer_likes: Doubles, candidate_likes: Doubles) -> Doubles:
    """The viewer's side alone.

    >>> one_sided(np.array([0.5]), np.array([0.25])).tolist()
    [0.5]
    """
    return viewer_likes


UTILITIES: dict[str, Utility] = {
    "product": product,
    "harmonic": harmonic,
    "min": minimum,
    "one-sided": one_sided,
}
"""By the name that the configuration uses."""
