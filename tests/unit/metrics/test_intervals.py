"""Intervals over groups: they repeat, they cover, and rows that hang together make them wider."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.metrics.intervals import grouped_interval

ROWS = st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 6)), min_size=1, max_size=30)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(ROWS)
def test_the_interval_holds_values_and_repeats_with_its_seed(rows: list[tuple[float, int]]) -> None:
    values, groups = (np.array(column) for column in zip(*rows, strict=True))
    found = grouped_interval(values, groups, rng(), resamples=50)
    assert found == grouped_interval(values, groups, rng(), resamples=50)
    assert found.mean == pytest.approx(values.mean())
    assert values.min() - 1e-9 <= found.low <= found.high <= values.max() + 1e-9


@given(ROWS)
def test_names_of_groups_do_not_matter(rows: list[tuple[float, int]]) -> None:
    values, groups = (np.array(column) for column in zip(*rows, strict=True))
    assert grouped_interval(values, groups * 1_000 + 7, rng(), 20) == grouped_interval(values, groups, rng(), 20)


def test_rows_that_hang_together_give_a_wider_interval() -> None:
    values = np.repeat(rng().normal(size=40), 25)
    apart = grouped_interval(values, np.arange(1_000), rng())
    together = grouped_interval(values, np.repeat(np.arange(40), 25), rng())
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    groups = np.repeat(np.arange(50), 4)
    covered = 0
    for seed in range(100):
        draw = rng(seed)
        values = np.repeat(draw.normal(size=50), 4) + draw.normal(size=200)
        found = grouped_interval(values, groups, draw, resamples=200)
        covered += found.low <= 0 <= found.high
    assert 86 <= covered <= 100


def test_nothing_to_say() -> None:
    assert math.isnan(grouped_interval([], [], rng()).mean)
    one = grouped_interval([1.0, 3.0], [5, 5], rng())
    assert (one.low, one.mean, one.high) == (2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="equally long"):
        grouped_interval([1.0], [1, 2], rng())
