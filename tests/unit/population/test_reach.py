"""Whoever a viewer's wishes keep is within reach, wherever on earth, whatever changed since the cells were laid out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.candidate import Keys
from twofold.domain.changes import Changes, EventColumns, PersonVersion, Removal
from twofold.domain.time import day_of
from twofold.filters.limits import LimitsFilter
from twofold.population.cells import in_order
from twofold.population.population import Population
from twofold.population.reach import Reach
from twofold.testing.contracts.town import GENDERS, NOW, population_of, query_of, version_of

# Near both poles, at the date line, on the equator, and in two cities.
PLACES = ((89.9, 10.0), (-89.8, -170.0), (52.5, 179.9), (-17.0, -179.8), (0.0, 0.0), (52.52, 13.40), (52.40, 13.07))
LIMITS = (None, 0.5, 30.0, 300.0, 5_000.0, 20_100.0)
DAY = day_of(NOW)
YEARS = (None, 1950, 1980, 2000, 2007)
AGES = (None, 18, 25, 44)
DAYS = ((1, 1), (2, 28), (6, 15), (6, 16), (12, 31))


@st.composite
def people(draw: st.DrawFn, count: int = 12) -> list[PersonVersion]:
    def one(key: int) -> PersonVersion:
        lat, lon = draw(st.sampled_from(PLACES))
        where = draw(st.sampled_from([None, 0.0, 0.01, 0.3, 2.0, 60.0]))
        turn = draw(st.floats(0, 2 * np.pi))
        fields: dict[str, object] = {}
        if where is not None:
            fields["lat"] = float(np.clip(lat + where * np.sin(turn), -90, 90))
            fields["lon"] = float((lon + where * np.cos(turn) + 180) % 360 - 180)
        fields["gender"] = draw(st.sampled_from([None, *GENDERS]))
        fields["seeking"] = tuple(draw(st.sets(st.sampled_from(GENDERS))))
        fields["max_distance_km"] = draw(st.sampled_from(LIMITS))
        year = draw(st.sampled_from(YEARS))
        fields["birth_date"] = year and date(year, *draw(st.sampled_from(DAYS)))
        least = draw(st.sampled_from(AGES))
        fields["min_age"] = least
        fields["max_age"] = draw(st.sampled_from([None, *(age for age in AGES if age and age >= (least or 18))]))
        fields["active"] = draw(st.integers(0, 9)) > 0
        return version_of(key, **fields)

    return [one(key) for key in range(count)]


def kept(population: Population, viewer: int) -> set[int]:
    """Whom the wishes of both sides keep, of everyone active."""
    everyone = population.columns.everyone()
    everyone = everyone[population.columns.active[everyone]]
    return set(everyone[LimitsFilter(population).judge(query_of(viewer), everyone) == 0].tolist())


def check(population: Population, reach: Reach, viewer: int) -> None:
    found = reach.of(viewer, day_of(query_of(viewer).as_of))
    assert np.array_equal(found.keys, np.unique(found.keys))
    assert population.columns.present[found.keys].all()
    wanted = kept(population, viewer)
    assert wanted <= set(found.keys.tolist())
    assert set(found.keys[found.sure].tolist()) <= wanted


@settings(max_examples=60)
@given(before=people(), after=people(), gone=st.sets(st.integers(0, 11), max_size=3))
def test_whom_the_wishes_keep_is_within_reach(
    before: list[PersonVersion], after: list[PersonVersion], gone: set[int]
) -> None:
    population = population_of(before)
    reach = population._reach
    for viewer in range(12):
        check(population, reach, viewer)
    moved = [replace(version, position=place + 1) for place, version in enumerate(after[:5])]
    removals = tuple(Removal(9, key) for key in sorted(gone))
    population.apply(Changes(9, tuple(moved), EventColumns.empty(), removals))
    for viewer in sorted(set(range(12)) - gone):
        check(population, reach, viewer)


def berlin(key: int, lat: float, gender: str = "woman") -> PersonVersion:
    return version_of(key, lat=lat, lon=13.4, gender=gender, seeking=("woman",), max_distance_km=50.0)


def test_who_is_far_or_not_sought_is_not_looked_at() -> None:
    population = population_of([berlin(0, 52.5), berlin(1, 52.6), berlin(2, 48.1), berlin(3, 52.5, gender="man")])
    assert population._reach.of(0, DAY).keys.tolist() == [0, 1]


def test_cells_are_laid_out_anew_when_many_have_moved() -> None:
    population = population_of([berlin(key, 52.5) for key in range(10)])
    reach = population._reach

    def move(position: int) -> Keys:
        changes = tuple(replace(berlin(key, 48.1), position=position) for key in range(5, 10))
        population.apply(Changes(position, changes, EventColumns.empty(), ()))
        return reach.of(0, DAY).keys

    assert len(reach.of(0, DAY).keys) == 10
    assert len(move(1)) == 10  # who moved is always looked at
    reach.moved_at_most = 4
    assert move(2).tolist() == [0, 1, 2, 3, 4]


def test_a_few_people_are_all_within_reach_of_everybody() -> None:
    population = population_of([berlin(0, 52.5), berlin(1, 48.1)])
    assert population.reach(0, NOW).keys.tolist() == [0, 1]


@given(found=st.dictionaries(st.integers(0, 300), st.booleans()), beyond=st.sampled_from([1, 63, 64, 500_000]))
def test_who_is_found_comes_in_order_however_few_they_are(found: dict[int, bool], beyond: int) -> None:
    both = np.array([2 * key + sure for key, sure in found.items()], np.int64)
    keys, sure = in_order(both, max(found, default=0) + beyond)
    assert list(zip(keys.tolist(), sure.tolist(), strict=True)) == sorted(found.items())
