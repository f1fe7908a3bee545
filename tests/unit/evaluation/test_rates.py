"""The four rates see what is strictly before each row's own moment, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.evaluation.world import town
from twofold.evaluation.baselines.rates import PRIOR_WEIGHT, FourRates, RunningRates
from twofold.evaluation.data import decisions_of

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=40)


@given(ROWS, st.integers(0, 4), st.integers(-1, 11))
def test_a_rate_is_counted_by_hand(rows: list[tuple[int, int, int]], key: int, moment: int) -> None:
    keys, at, liked = (np.array(column) for column in zip(*rows, strict=True))
    rates = RunningRates(keys, at, liked.astype(np.float64), base=0.3)
    before = liked[(keys == key) & (at < moment)]
    expected = (before.sum() + PRIOR_WEIGHT * 0.3) / (len(before) + PRIOR_WEIGHT)
    assert np.isclose(rates.before(np.array([key]), np.array([moment]))[0], expected)


def test_future_events_change_nothing() -> None:
    events = decisions_of(town())
    moment = int(np.median(events.at))
    past = events.take(events.at < moment)
    asked = (np.arange(40), np.arange(40)[::-1].copy(), np.full(40, moment))
    assert np.array_equal(FourRates(events, 0.5).columns(*asked), FourRates(past, 0.5).columns(*asked))
