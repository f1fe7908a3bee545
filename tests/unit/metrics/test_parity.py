"""What counts as another value."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.metrics.parity import differences

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (0.0, 0.0, 0.0),
        (0.0, 1e-6, 0.0),
        (0.0, 1.1e-6, 1.1e-6),
        (1e6, 1e6 + 1, 0.0),
        (1e6, 1e6 + 2, 2.0),
        (-3.0, 3.0, 6.0),
        (NAN, NAN, 0.0),
        (NAN, 0.0, INF),
        (0.0, NAN, INF),
        (INF, INF, 0.0),
        (INF, -INF, INF),
        (INF, 5.0, INF),
    ],
)
def test_values_differ_beyond_rounding_alone(one: float, other: float, apart: float) -> None:
    found = differences(np.array([[one]]), np.array([[other]]))
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(apart)
    assert differences(np.array([other]), np.array([one]))[0] == found[0, 0]
