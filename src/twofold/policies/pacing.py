"""A price on people whom a cap makes scarce, so that the first viewers of a period do not use them up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles


def price(counts: NDArray[np.int64], cap: int, elapsed_share: float) -> Doubles:
    """(m,) from 0 to 1: by how much the used share of the cap is ahead of the period.

    It looks at the past alone, so it can be asked while the period runs. Who is shown evenly over the period costs
    nothing; who has used up everything costs what is left of it.

    Args:
        counts: (m,) how often each person was shown in the period.
        elapsed_share: the share of the period that is over, 0 to 1.

    >>> price(np.array([0, 5, 10]), cap=10, elapsed_share=0.25).tolist()
    [0.0, 0.25, 0.75]
    """
    return np.clip(np.minimum(counts / cap, 1.0) - elapsed_share, 0.0, 1.0)
