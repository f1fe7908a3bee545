"""Figures about who gets shown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.metrics.exposure import gini, share_shown, top_share

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any)


@given(COUNTS)
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    pairs = sum(abs(one - other) for one in counts for other in counts)
    assert gini(counts) == pytest.approx(pairs / (2 * len(counts) * sum(counts)), abs=1e-12)


def test_edges() -> None:
    assert math.isnan(gini([0, 0]))
    assert math.isnan(top_share([0, 0]))
    assert math.isnan(share_shown([]))
    assert top_share([5, 0, 0]) == 1.0
    assert share_shown([5, 0]) == 0.5
