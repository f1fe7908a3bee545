"""Who people were at a moment: every column of the version that stood then, and nothing of who is gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.changes import PersonVersion
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.population.columns import PeopleColumns
from twofold.population.profiles import ProfileRows, Profiles
from twofold.testing.contracts.town import random_person

TIMES = st.integers(0, 12)
# Whose profile is put, with which seed of its own, and dated when; positions are 1, 2, 3 ...
PUTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), TIMES), min_size=1, max_size=20)


def versions_of(puts: list[tuple[int, int, int]]) -> list[PersonVersion]:
    found = []
    for position, (key, seed, day) in enumerate(puts, 1):
        version = random_person(key, np.random.default_rng(seed))
        seen = None if seed % 3 else Micros(seed * MICROS_PER_DAY)
        person = replace(
            version.person, last_active_at=seen, created_at=version.person.created_at if seed % 2 else None
        )
        found.append(replace(version, position=position, at=Micros(day * MICROS_PER_DAY), person=person))
    return found


def columns_of(rows: ProfileRows) -> dict[str, list[object]]:
    """What is told of each row; `created_days` has tests of its own."""
    columns: dict[str, list[object]] = {"interests": [set(np.flatnonzero(bits)) for bits in _bits(rows)]}
    for name in ("ages", "interest_counts", "has_bio", "genders", "places", "latitudes", "longitudes", "seen"):
        columns[name] = np.nan_to_num(getattr(rows, name), nan=-9).tolist()
    return columns


def _bits(rows: ProfileRows) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    words = np.ascontiguousarray(rows.interest_words)
    return np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")


def stood(versions: list[PersonVersion], key: int, moment: int, p: int) -> PersonVersion:
    mine = [each for each in versions if each.key == key]
    seen = [each for each in mine if each.at < moment and each.position <= p]
    return seen[-1] if seen else mine[0]


@settings(max_examples=100)
@given(puts=PUTS, asked=st.lists(st.tuples(TIMES, st.integers(0, 20)), min_size=1, max_size=6), written=st.booleans())
def test_each_row_is_of_the_version_that_stood(
    puts: list[tuple[int, int, int]], asked: list[tuple[int, int]], written: bool
) -> None:
    versions, columns = versions_of(puts), PeopleColumns()
    profiles = Profiles(columns)
    for version in versions:
        profiles.put(version)
    keys = np.unique([key for key, _, _ in puts])
    days, positions = (np.repeat([*column], len(keys)) for column in zip(*asked, strict=True))
    people, moments = np.tile(keys, len(asked)), np.array(days) * MICROS_PER_DAY
    found = profiles.of(people, AsOf.at(moments, positions if written else None))
    labels = PeopleColumns()
    labels.genders, labels.places, labels.interest_labels = columns.genders, columns.places, columns.interest_labels
    standing = Profiles(labels)
    for row, (key, moment, p) in enumerate(zip(people.tolist(), moments.tolist(), positions.tolist(), strict=True)):
        standing.put(replace(stood(versions, key, moment, p if written else 99), key=row, at=Micros(0)))
    expected = standing.of(np.arange(len(people)), AsOf.at(moments))
    assert len(found) == len(people)
    assert columns_of(found) == columns_of(expected)


def profiles_of(*versions: tuple[int, Person]) -> tuple[PeopleColumns, Profiles]:
    """Versions of one person, each dated at so many days."""
    columns = PeopleColumns()
    profiles = Profiles(columns)
    for position, (day, person) in enumerate(versions, 1):
        profiles.put(PersonVersion(position, 0, Micros(day * MICROS_PER_DAY), Micros(0), person))
    return columns, profiles


def created(profiles: Profiles, day: int, position: int | None = None) -> int:
    return int(profiles.of(np.array([0]), AsOf.at(day * MICROS_PER_DAY, position)).created_days[0])


NOBODY = Person(id="ada")
CREATED = replace(NOBODY, created_at=Micros(3 * MICROS_PER_DAY))


def test_an_account_begins_with_its_earliest_version() -> None:
    columns, profiles = profiles_of((5, NOBODY), (9, replace(NOBODY, bio="I row.")), (2, replace(NOBODY, bio="Hm.")))
    assert [created(profiles, 20, p) for p in (1, 2, 3)] == [5, 5, 2]
    assert columns.created_day[0] == 2
    assert created(profiles, 1) == 5  # before all of them the first one stands
    assert created(profiles, 3) == 2


def test_what_was_said_of_its_beginning_stays_known() -> None:
    _, profiles = profiles_of((5, CREATED), (9, replace(NOBODY, bio="I row.")))
    assert created(profiles, 20) == 3


def test_a_version_dated_ahead_does_not_tell_of_the_beginning_yet() -> None:
    _, profiles = profiles_of((5, NOBODY), (9, CREATED), (7, replace(NOBODY, bio="I row.")))
    assert created(profiles, 8) == 5
    assert created(profiles, 8, 2) == 5
    assert created(profiles, 10, 2) == 3


def test_settled_is_whose_present_version_stands_from_now_on() -> None:
    _, profiles = profiles_of((5, NOBODY), (9, replace(NOBODY, bio="I row.")))
    profiles.put(PersonVersion(3, 1, Micros(99 * MICROS_PER_DAY), Micros(0), replace(NOBODY, id="bea")))
    keys = np.array([0, 1, 0])
    assert profiles.settled(keys, 9 * MICROS_PER_DAY).tolist() == [False, True, False]
    assert profiles.settled(keys, 9 * MICROS_PER_DAY + 1).tolist() == [True, True, True]


@given(puts=PUTS)
def test_who_is_gone_leaves_nothing(puts: list[tuple[int, int, int]]) -> None:
    versions, columns = versions_of(puts), PeopleColumns()
    profiles, gone = Profiles(columns), puts[0][0]
    for version in versions:
        profiles.put(version)
    profiles.remove(gone)
    profiles.remove(gone)
    empty = profiles.of(np.array([gone]), AsOf.at(0, 0))
    for row in range(profiles._archive.rows):
        if not profiles._archive.present[row]:
            assert not profiles._archive.interests.codes(row)
            assert profiles._archive.birth_year[row] == profiles._archive.created_day[row] == 0
    older = sum(key != gone for key, _, _ in puts) - len({key for key, _, _ in puts if key != gone})
    assert int(profiles._archive.present.sum()) == older
    assert not empty.interest_counts.any()


@pytest.mark.parametrize("labels", [3, 64, 70, 200])
def test_interests_beyond_a_word_are_those_that_were(labels: int) -> None:
    """Older versions may know fewer labels than there are now."""
    few, many = ("tea",), tuple(f"label {number}" for number in range(labels))
    _, profiles = profiles_of((1, replace(NOBODY, interests=few)), (5, replace(NOBODY, interests=many)))
    keys, moments = np.array([0, 0]), np.array([2, 9]) * MICROS_PER_DAY
    assert profiles.of(keys, AsOf.at(moments)).interest_counts.tolist() == [1, labels]
