"""Counts per person and window against a dictionary, and what belongs to no window that is kept."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.candidate import Keys
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.population.exposure import Exposure
from twofold.testing.contracts.town import open_town

DAY = MICROS_PER_DAY
SOME = np.arange(12)


def keys_of(*keys: int) -> Keys:
    return np.array(keys, np.int64)


MOMENTS = st.integers(-3 * DAY, 12 * DAY)


@given(
    rows=st.lists(st.tuples(st.lists(st.integers(0, 11), max_size=6), MOMENTS), max_size=30),
    cap=st.integers(1, 4),
    days=st.integers(1, 3),
)
def test_counts_are_those_of_the_newest_window_and_the_one_before(
    rows: list[tuple[list[int], int]], cap: int, days: int
) -> None:
    exposure, expected, newest = Exposure(cap, days), Counter[tuple[int, int]](), None
    for keys, moment in rows:
        window = moment // (days * DAY)
        exposure.show(keys_of(*keys), Micros(moment))
        if keys:
            newest = window if newest is None else max(newest, window)
            expected.update((window, key) for key in keys if window >= newest - 1)
    assert exposure.newest == newest
    for window in range(-4, 14):
        kept = newest is not None and newest - 1 <= window <= newest
        found = exposure.counts(SOME, window * days * DAY)
        assert found.tolist() == [expected[window, key] if kept else 0 for key in SOME.tolist()]
        assert exposure.full(SOME, (window + 1) * days * DAY - 1).tolist() == (found >= cap).tolist()


def test_without_a_cap_nothing_is_counted_and_nobody_is_full() -> None:
    exposure = Exposure()
    exposure.show(keys_of(1, 1, 2), 0)
    assert exposure.counts(SOME, 0).sum() == 0
    assert not exposure.full(SOME, 0).any()


def test_a_person_is_full_at_the_cap_and_free_with_the_next_window() -> None:
    exposure = Exposure(cap=2, period_days=7)
    exposure.show(keys_of(3, 4, 3), 6 * DAY)
    assert exposure.full(SOME, 7 * DAY - 1).nonzero()[0].tolist() == [3]
    assert not exposure.full(SOME, 7 * DAY).any()


def test_late_rows_of_an_earlier_window_are_ignored() -> None:
    exposure = Exposure(cap=1)
    exposure.show(keys_of(3), 9 * DAY)
    for days in (8, 7, 0):
        exposure.show(keys_of(4), days * DAY)
    assert exposure.counts(SOME, 9 * DAY).nonzero()[0].tolist() == [3]
    assert exposure.counts(SOME, 7 * DAY).sum() == 0


def test_a_clock_that_goes_back_over_midnight_finds_its_window_as_it_was() -> None:
    exposure = Exposure(cap=2)
    exposure.show(keys_of(3), DAY - 1)
    exposure.show(keys_of(4), DAY)
    exposure.show(keys_of(3), DAY - 1)
    assert exposure.full(keys_of(3, 4), DAY - 1).tolist() == [True, False]
    assert exposure.counts(keys_of(3, 4), DAY).tolist() == [0, 1]


def test_many_times_at_once() -> None:
    exposure = Exposure(cap=10)
    exposure.show(keys_of(1, 900), 0, np.array([3, 12]))
    assert exposure.counts(keys_of(900, 1, 5_000, -1), 0).tolist() == [12, 3, 0, 0]


def test_the_window_and_how_much_of_it_is_over() -> None:
    exposure = Exposure(cap=1, period_days=2)
    assert (exposure.window(3 * DAY), exposure.start(3 * DAY), exposure.elapsed(3 * DAY)) == (1, 2 * DAY, 0.5)
    assert (exposure.window(-1), exposure.start(-1)) == (-1, -2 * DAY)
    exposure.progress = 0.125
    assert exposure.elapsed(3 * DAY) == 0.125


@pytest.mark.parametrize(("cap", "days"), [(0, 1), (-1, 1), (1, 0)])
def test_a_cap_or_period_below_one_is_refused(cap: int, days: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Exposure(cap, days)


def test_a_population_has_no_cap_until_it_is_given_one() -> None:
    assert open_town(3).exposure.cap is None
