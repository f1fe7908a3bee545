"""People as columns: what is put is read back, what is removed leaves nothing."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.time import day_from_date, years_between
from twofold.features.pair import EQUAL, shared
from twofold.filters.limits import seeks, within
from twofold.population.columns import PeopleColumns
from twofold.population.vocabulary import BitSets
from twofold.testing.contracts.town import random_person, version_of


def columns_of(*people: dict[str, object]) -> PeopleColumns:
    columns = PeopleColumns()
    for key, fields in enumerate(people):
        columns.put(version_of(key, **fields))
    return columns


@given(birth=st.dates(date(1930, 1, 1), date(2020, 12, 31)), on=st.dates(date(2020, 1, 1), date(2060, 12, 31)))
def test_ages_are_completed_years(birth: date, on: date) -> None:
    columns = columns_of({"birth_date": birth}, {})
    assert columns.ages(np.array([0, 1]), day_from_date(on)).tolist() == [years_between(birth, on), -1]


@pytest.mark.parametrize(("on", "age"), [(date(2018, 2, 28), 17), (date(2018, 3, 1), 18), (date(2020, 2, 29), 20)])
def test_who_was_born_on_a_leap_day_comes_of_age_in_march(on: date, age: int) -> None:
    assert columns_of({"birth_date": date(2000, 2, 29)}).ages(np.array([0]), day_from_date(on)).tolist() == [age]


def test_distances() -> None:
    places = [(48.8566, 2.3522), (51.5074, -0.1278), (0.0, 180.0), (0.0, 0.0), (0.0, -179.0)]
    positions: list[dict[str, object]] = [{"lat": lat, "lon": lon} for lat, lon in places]
    columns = columns_of(*positions, {})

    def apart(one: int, other: int, kilometres: float, off: float) -> bool:
        near, far = (within(columns.lat, columns.lon, one, other, kilometres + each) for each in (-off, off))
        return far and not near

    assert apart(0, 1, 343.6, 0.5)  # Paris to London
    assert apart(2, 2, 0.0, 0.01)
    assert apart(2, 3, math.pi * 6371.0088, 0.01)
    assert apart(2, 4, 111.195, 0.01)
    assert not any(within(columns.lat, columns.lon, *pair, 1e9) for pair in ((0, 5), (5, 0), (5, 5)))
    assert within(columns.lat, columns.lon, 0, 5, math.nan)  # no limit


def test_removing_somebody_leaves_nothing_in_any_column() -> None:
    columns, never = PeopleColumns(), PeopleColumns()
    rng = np.random.default_rng(0)
    for key in range(50):
        columns.put(random_person(key, rng))
    columns.remove(7)
    assert len(columns) == 49
    assert 7 not in columns.everyone()
    assert columns.names.key_of("p7") is None
    assert columns.names.id_of(7) is None
    never.put(version_of(60))
    for name, column in vars(columns).items():
        if isinstance(column, np.ndarray) and name != "_everyone":
            assert column[7] == vars(never)[name][7], name
    for sets in (columns.seeking, columns.interests):
        assert sets.codes(7) == []
    columns.saw_active(7, 10**15)
    assert columns.last_active[7] == 0


def test_removing_again_or_somebody_unknown_changes_nothing() -> None:
    columns = columns_of({"gender": "woman"})
    for key in (5, 10**6, 0, 0):
        columns.remove(key)
    assert len(columns) == 0
    assert columns.everyone().tolist() == []


def test_a_person_put_again_is_replaced() -> None:
    columns = columns_of({"gender": "woman", "interests": ("tea", "jazz"), "bio": "hello", "seeking": ("man",)})
    columns.put(version_of(0, interests=("chess",), bio="  "))
    assert columns.gender[0] == -1
    assert [columns.interest_labels.label(code) for code in columns.interests.codes(0)] == ["chess"]
    assert columns.interest_people == [0, 0, 1]
    assert not columns.has_bio[0]
    assert columns.seeks_anyone[0]
    assert len(columns) == 1


def test_columns_grow_with_the_largest_key() -> None:
    columns = PeopleColumns()
    for key in (3_000, 5, 9_000):
        columns.put(version_of(key, place="north"))
    assert columns.everyone().tolist() == [5, 3_000, 9_000]
    assert columns.place[[5, 3_000, 9_000]].tolist() == [0, 0, 0]


@given(st.lists(st.sets(st.integers(0, 200), max_size=12), min_size=2, max_size=6))
def test_bit_sets_are_sets(sets: list[set[int]]) -> None:
    bits, keys = BitSets(len(sets)), np.arange(len(sets))
    for key, codes in enumerate(sets):
        bits.put(key, {1, 199})  # replaced in the next line
        bits.put(key, codes)
    mine = sets[0]
    assert [set(bits.codes(key)) for key in keys.tolist()] == sets
    expected = [len(mine & each) / len(mine | each) if mine | each else 0.0 for each in sets]
    assert shared(bits.words[:1], bits.words, EQUAL).tolist() == np.array(expected, np.float32).tolist()
    for code in (0, 63, 64, 200, 1_000):
        assert [seeks(bits.words, key, code) for key in keys.tolist()] == [code in each for each in sets]


def test_active_time_never_goes_back() -> None:
    columns = columns_of({})
    for at in (5, 9, 7):
        columns.saw_active(0, at)
    assert columns.last_active[0] == 9
    columns.put(version_of(0, birth_date=date(1990, 1, 1) + timedelta(days=1)))
    assert columns.birth_month_day[0] == 102
