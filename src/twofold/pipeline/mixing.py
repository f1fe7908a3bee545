"""One score of two: the utility of both directions, and how likely the viewer comes to like somebody at all."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles


def mixed(utility: Doubles, relevance: Doubles, share: float) -> Doubles:
    """(m,) utility^share x relevance^(1 - share): 0..1 as both are; NaN where one that counts is NaN.

    >>> mixed(np.array([0.25, 0.0]), np.array([1.0, 1.0]), share=0.5).tolist()
    [0.5, 0.0]
    """
    if share >= 1:
        return utility
    if share <= 0:
        return relevance
    return np.asarray(np.maximum(utility, 0.0) ** share * np.maximum(relevance, 0.0) ** (1 - share))
