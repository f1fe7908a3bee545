"""The price of people whom a cap makes scarce."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twofold.policies.pacing import price

COUNTS = st.lists(st.integers(0, 500), max_size=20).map(lambda counts: np.array(counts, np.int64))
SHARE = st.floats(0, 1)


@given(counts=COUNTS, cap=st.integers(1, 300), elapsed=SHARE)
def test_it_is_a_share_that_rises_with_use_and_falls_with_time(
    counts: np.ndarray[tuple[int], np.dtype[np.int64]], cap: int, elapsed: float
) -> None:
    dear = price(counts, cap, elapsed)
    assert ((dear >= 0) & (dear <= 1)).all()
    assert (price(counts + 1, cap, elapsed) >= dear).all()
    assert (price(counts, cap, min(1.0, elapsed + 0.1)) <= dear).all()


@given(cap=st.integers(1, 300), elapsed=SHARE)
def test_who_is_shown_evenly_costs_nothing(cap: int, elapsed: float) -> None:
    assert price(np.array([0, int(cap * elapsed)]), cap, elapsed).max() <= 1e-12


def test_who_is_used_up_costs_what_is_left_of_the_period() -> None:
    assert price(np.array([50, 60]), 50, 0.25).tolist() == [0.75, 0.75]
