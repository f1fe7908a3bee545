"""A small world for feature tests: a store, and vectors of few dimensions."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.models.vectors import Vectors


@pytest.fixture(scope="session")
def vectors() -> Vectors:
    """Vectors of keys 0 to 4; 3 has none as candidate, 4 is all zeros."""
    rows = np.array([[3, 4, 0, 0], [1, 0.005, 0.02, -1], [0.1, 0, 0, 0], [9, 9, 9, 9], [0, 0, 0, 0]], np.float32)
    has = np.array([True, True, True, False, True])
    return Vectors(rows, rows, np.ones(5, bool), has, regularization=1.0)
