"""Which sources brought a candidate: the one fact about a pair that stage 1 adds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats

Brought = Mapping[str, NDArray[np.float32]]
"""Per source (m,): 1 where it brought the candidate, 0 where not, NaN where nobody knows."""


def brought_by(brought: Brought | None, source: str, rows: int) -> Floats:
    """(m,) whether a source brought each candidate; NaN where nobody knows.

    >>> brought_by({"content": np.ones(1, np.float32)}, "content", 1).tolist()
    [1.0]
    """
    if brought is None:
        return np.full(rows, np.nan, np.float32)
    column = brought.get(source)
    return np.zeros(rows, np.float32) if column is None else column
