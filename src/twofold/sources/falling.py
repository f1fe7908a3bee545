"""Own scores of a list whose order is all that there is to say."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from twofold.domain.candidate import Floats


@lru_cache(maxsize=1_024)  # lists are of a few lengths, and their scores are only read
def falling(people: int) -> Floats:
    """(m,) from 1 by place, evenly towards 0.

    >>> falling(4).tolist()
    [1.0, 0.75, 0.5, 0.25]
    """
    scores = (1.0 - np.arange(people) / max(people, 1)).astype(np.float32)
    scores.setflags(write=False)
    return scores
