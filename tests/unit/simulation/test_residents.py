"""Ages of residents are those that the calendar gives."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.time import EPOCH, day_from_date, years_between
from twofold.simulation.residents import completed_years

ON = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=20), ON)
def test_completed_years_agree_with_the_calendar(days_before: list[int], on: date) -> None:
    births = [on - timedelta(days=days) for days in days_before]
    columns = np.array([day_from_date(birth) for birth in births], np.int64)
    assert completed_years(columns, on).tolist() == [years_between(birth, on) for birth in births]


def test_a_birthday_on_a_leap_day_comes_in_march() -> None:
    birth = np.array([(date(2004, 2, 29) - EPOCH).days])
    assert completed_years(birth, date(2022, 2, 28)).tolist() == [17]
    assert completed_years(birth, date(2022, 3, 1)).tolist() == [18]
