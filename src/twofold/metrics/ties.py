"""The best of many by score, equal scores in random order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


def best(scores: Doubles, k: int, rng: np.random.Generator) -> Ints:
    """Places of the k highest scores (m,), best first; ties are broken at random, NaN stands last.

    A fixed order of ties flatters or hurts whoever has a low key, and popularity has many ties.

    >>> best(np.array([0.1, 0.9, 0.5]), 2, np.random.default_rng(0)).tolist()
    [1, 2]
    """
    values = np.where(np.isnan(scores), -np.inf, scores)
    if not 0 < k < len(values):
        chosen = np.arange(len(values))
    else:
        last = -np.partition(-values, k - 1)[k - 1]
        above, level = np.flatnonzero(values > last), np.flatnonzero(values == last)
        chosen = np.concatenate([above, rng.permutation(level)[: k - len(above)]])
    shuffled = rng.permutation(chosen)
    return np.asarray(shuffled[np.argsort(-values[shuffled], kind="stable")][: max(k, 0)], np.int64)
