"""The vectorised filters against the rules in plain Python, for random people who did random things."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.candidate import Removed
from twofold.domain.changes import PersonVersion
from twofold.domain.event import RULES, EventKind, Excludes
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros, datetime_from_micros, years_between
from twofold.filters.decided import DecidedFilter
from twofold.filters.limits import LimitsFilter
from twofold.filters.safety import SafetyFilter
from twofold.pipeline.query import Query
from twofold.pipeline.stages import Filter
from twofold.population.population import Population
from twofold.testing.contracts.town import NOW, Row, population_of, query_of, version_of

MINIMUM_AGE = 18
TODAY = datetime_from_micros(NOW).date()
PASS_DAYS = RULES[EventKind.PASS].days or 0

# Dates close to birthdays that decide, few genders and places: collisions are what is interesting.
BIRTHS = st.one_of(
    st.none(),
    st.builds(
        lambda years, days: TODAY.replace(year=TODAY.year - years) + timedelta(days=days),
        st.integers(16, 60),
        st.integers(-1, 1),
    ),
)
GENDER = st.sampled_from(["woman", "man", "other"])
POSITIONS = st.sampled_from([(None, None), (46.0, 8.0), (46.0, 8.1), (46.1, 8.0), (-46.0, -172.0), (90.0, 0.0)])


@st.composite
def people(draw: st.DrawFn, key: int) -> PersonVersion:
    lat, lon = draw(POSITIONS)
    low, high = sorted((draw(st.integers(16, 61)), draw(st.integers(16, 61))))
    return version_of(
        key,
        birth_date=draw(BIRTHS),
        gender=draw(st.none() | GENDER),
        seeking=tuple(draw(st.lists(GENDER, unique=True, max_size=2))),
        lat=lat,
        lon=lon,
        min_age=draw(st.sampled_from([None, low, 0])),
        max_age=draw(st.sampled_from([None, high, 120])),
        max_distance_km=draw(st.sampled_from([None, 5.0, 9.0, 12.0, 20_038.0])),
        active=draw(st.booleans()),
    )


@st.composite
def towns(draw: st.DrawFn) -> tuple[list[PersonVersion], list[Row]]:
    count = draw(st.integers(2, 6))
    everyone = [draw(people(key)) for key in range(count)]
    row = st.tuples(
        st.integers(0, count - 1),
        st.integers(0, count - 1),
        st.sampled_from(list(EventKind)),
        st.sampled_from([NOW - PASS_DAYS * MICROS_PER_DAY + step for step in (-1, 0, 1)] + [NOW - 1, NOW - 2]),
    )
    rows = draw(st.lists(row.filter(lambda each: each[0] != each[1]), max_size=25))
    return everyone, rows


def reasons_between(rows: list[Row], viewer: int, other: int) -> set[str]:
    """Why the viewer must not see the other, by the table of kinds alone."""
    found: set[str] = set()
    blocks: dict[tuple[int, int], int] = {}
    for actor, target, kind, at in rows:
        pair = (actor, target)
        if kind is EventKind.BLOCK:
            blocks[pair] = max(at, blocks.get(pair, at))
        elif kind is EventKind.UNBLOCK and blocks.get(pair, at + 1) <= at:
            del blocks[pair]
        rule = RULES[kind]
        concerned = pair == (viewer, other) or (rule.excludes is Excludes.BOTH and pair == (other, viewer))
        lasts = rule.micros is None or at + rule.micros > NOW
        if kind is not EventKind.BLOCK and rule.excludes is not Excludes.NOBODY and concerned and lasts:
            found.add(rule.reason)
    return found | ({"blocked"} if {(viewer, other), (other, viewer)} & blocks.keys() else set())


def age_of(person: Person) -> int | None:
    return None if person.birth_date is None else years_between(person.birth_date, TODAY)


def kilometres(one: Person, other: Person) -> float | None:
    """Great-circle distance by the angle between two directions, another formula than the columns use."""
    if one.lat is None or other.lat is None or one.lon is None or other.lon is None:
        return None
    rays = []
    for lat, lon in ((one.lat, one.lon), (other.lat, other.lon)):
        a, b = np.radians(lat), np.radians(lon)
        rays.append(np.array([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)]))
    return float(6_371.0088 * np.arctan2(np.linalg.norm(np.cross(rays[0], rays[1])), np.dot(rays[0], rays[1])))


def limit_broken(wisher: Person, other: Person) -> str | None:
    """Which of one person's limits the other is outside of."""
    if wisher.seeking and other.gender not in wisher.seeking:
        return "GENDER"
    age = age_of(other)
    limited = wisher.min_age is not None or wisher.max_age is not None
    least, most = wisher.min_age or 0, 200 if wisher.max_age is None else wisher.max_age
    if limited and (age is None or not least <= age <= most):
        return "AGE"
    if wisher.max_distance_km is not None:
        distance = kilometres(wisher, other)
        if distance is None or distance > wisher.max_distance_km:
            return "DISTANCE"
    return None


def expected(
    everyone: list[PersonVersion], rows: list[Row], query: Query, key: int
) -> tuple[Removed, Removed, Removed]:
    """The codes of the three filters for one person, by the rules in words."""
    viewer, person = everyone[query.viewer].person, everyone[key].person
    reasons = reasons_between(rows, query.viewer, key)
    age = age_of(person)
    safety = [
        (Removed.SELF, key == query.viewer),
        (Removed.BLOCKED, "blocked" in reasons),
        (Removed.REPORTED, "reported" in reasons),
        (Removed.UNMATCHED, "unmatched" in reasons),
        (Removed.INACTIVE, not person.active),
        (Removed.UNDER_AGE, age is not None and age < MINIMUM_AGE),
    ]
    decided = [
        (Removed.MATCHED, "matched" in reasons),
        (Removed.DECIDED, "decided" in reasons),
        (Removed.ASKED, key in query.exclude),
    ]
    mine, theirs = limit_broken(viewer, person), limit_broken(person, viewer)
    limits = [(Removed[mine or "KEPT"], mine is not None), (Removed[f"THEIR_{theirs}" if theirs else "KEPT"], True)]
    first = [next((code for code, holds in group if holds), Removed.KEPT) for group in (safety, decided, limits)]
    return first[0], first[1], first[2]


def filters_of(population: Population) -> tuple[Filter, Filter, Filter]:
    return SafetyFilter(population, MINIMUM_AGE), DecidedFilter(population), LimitsFilter(population)


@settings(max_examples=400, deadline=None)
@given(town=towns(), viewer=st.integers(0, 1), exclude=st.sets(st.integers(0, 5)))
def test_codes_are_those_of_the_rules_in_plain_python(
    town: tuple[list[PersonVersion], list[Row]], viewer: int, exclude: set[int]
) -> None:
    everyone, rows = town
    query = query_of(viewer, exclude=exclude)
    population = population_of(everyone, rows)
    keys = population.columns.everyone()
    judged = [each.judge(query, keys).tolist() for each in filters_of(population)]
    wanted = [expected(everyone, rows, query, key) for key in keys.tolist()]
    assert [tuple(codes) for codes in zip(*judged, strict=True)] == wanted


@pytest.mark.parametrize("other", [(46.1, 8.0), (45.9, 8.0), (46.0, 8.1439515)])
@pytest.mark.parametrize(("kilometres_", "kept"), [(11.11, False), (11.13, True)])
def test_distance_limits_hold_to_ten_metres_in_any_direction(
    other: tuple[float, float], kilometres_: float, kept: bool
) -> None:
    """A tenth of a degree of latitude is 11.12 km, and so is that much of longitude at 46 degrees north."""
    limited = version_of(0, lat=46.0, lon=8.0, max_distance_km=kilometres_)
    population = population_of([limited, version_of(1, lat=other[0], lon=other[1])])
    judge = LimitsFilter(population)
    assert judge.judge(query_of(0), np.array([1])) == [Removed.KEPT if kept else Removed.DISTANCE]
    assert judge.judge(query_of(1), np.array([0])) == [Removed.KEPT if kept else Removed.THEIR_DISTANCE]


def test_somebody_who_is_gone_or_never_was_is_gone() -> None:
    population = population_of([version_of(0), version_of(1), version_of(2)])
    population.columns.remove(1)
    codes = SafetyFilter(population, 18).judge(query_of(0), np.array([0, 1, 2, 9_999, -3]))
    assert codes.tolist() == [Removed.SELF, Removed.GONE, Removed.KEPT, Removed.GONE, Removed.GONE]


def test_an_exclude_list_may_name_people_beyond_the_columns() -> None:
    population = population_of([version_of(0), version_of(1)])
    codes = DecidedFilter(population).judge(query_of(0, exclude={1, 10**9}), np.array([0, 1]))
    assert codes.tolist() == [Removed.KEPT, Removed.ASKED]


@pytest.mark.parametrize(("kind", "back"), [(EventKind.BLOCK, EventKind.UNBLOCK), (EventKind.PASS, None)])
def test_what_can_end_ends(kind: EventKind, back: EventKind | None) -> None:
    people = [version_of(0), version_of(1)]
    rows: list[Row] = [(0, 1, kind, 1_000)]
    later = Micros(1_000 + PASS_DAYS * MICROS_PER_DAY)
    if back is not None:
        rows.append((0, 1, back, 2_000))
    filters = filters_of(population_of(people, rows))[:2]
    assert sum(int(each.judge(query_of(0, as_of=later), np.array([1]))[0]) for each in filters) == Removed.KEPT


def test_an_unblock_by_the_other_side_lifts_nothing() -> None:
    rows: list[Row] = [(0, 1, EventKind.BLOCK, 1_000), (1, 0, EventKind.UNBLOCK, 2_000)]
    population = population_of([version_of(0), version_of(1)], rows)
    for viewer in (0, 1):
        assert SafetyFilter(population, 18).judge(query_of(viewer), np.array([1 - viewer])) == [Removed.BLOCKED]
