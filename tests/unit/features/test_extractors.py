"""Each feature alone, by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from twofold.domain.as_of import AsOf
from twofold.domain.changes import EventColumns, PersonVersion
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros, micros_from_datetime
from twofold.features import behavioural, collaborative, demographic
from twofold.features.definition import Feature, FeatureInput
from twofold.models.tastes import Tastes
from twofold.models.vectors import Vectors
from twofold.population.population import Population

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIKE, SUPER, DISLIKE, PASS, VIEW = (
    EventKind.LIKE,
    EventKind.SUPER_LIKE,
    EventKind.DISLIKE,
    EventKind.PASS,
    EventKind.VIEW,
)


def micros(value: datetime) -> Micros:
    return micros_from_datetime(value)


def value_of(
    feature: Feature,
    person: Person | None = None,
    acts: list[tuple[EventKind, datetime]] | None = None,
    at: datetime = NOON,
    vectors: Vectors | None = None,
    key: int = 0,
    known_since: datetime = NOON,
) -> float:
    people = [
        PersonVersion(each + 1, each, micros(known_since), micros(known_since), person or Person(id="ada"))
        for each in range(6)
    ]
    rows = acts or []
    count = len(rows)
    events = EventColumns(
        np.arange(7, 7 + count),
        np.full(count, key),
        np.full(count, 5),
        np.array([kind for kind, _ in rows], np.int8),
        np.array([micros(moment) for _, moment in rows], np.int64),
    )
    population = Population(people, events, 7 + count)
    tastes = None if vectors is None else Tastes(population, vectors)
    column = feature(FeatureInput(population, tastes, np.array([5]), np.array([key]), AsOf.at(micros(at))))
    assert column.dtype == np.float32
    return float(column[0])


@pytest.mark.parametrize(
    ("birth", "years"),
    [(date(2000, 3, 10), 26), (date(2000, 3, 11), 25), (date(2000, 2, 29), 26), (None, float("nan"))],
)
def test_age(birth: date | None, years: float) -> None:
    assert value_of(demographic.age, Person(id="ada", birth_date=birth)) == pytest.approx(years, nan_ok=True)


def test_age_of_many_moments_at_once() -> None:
    person = Person(id="ada", birth_date=date(2000, 2, 29))
    version = PersonVersion(1, 0, Micros(0), Micros(0), person)
    days = [date(2018, 2, 28), date(2018, 3, 1), date(2024, 2, 28), date(2024, 2, 29), date(1999, 1, 1)]
    moments = np.array([micros(datetime(day.year, day.month, day.day, 23, tzinfo=UTC)) for day in days])
    rows = FeatureInput(
        Population([version], EventColumns.empty(), 1), None, np.zeros(5, int), np.zeros(5, int), AsOf.at(moments)
    )
    assert demographic.age(rows).tolist()[:4] == [17, 18, 23, 24]


def test_account_age_counts_days_and_never_goes_below_zero() -> None:
    created = NOON - timedelta(days=3, hours=11)
    person = Person(id="ada", created_at=micros(created))
    assert value_of(demographic.account_age_days, person) == 3
    assert value_of(demographic.account_age_days, person, at=NOON + timedelta(hours=12)) == 4
    assert value_of(demographic.account_age_days, person, at=created - timedelta(days=9)) == 0


def test_account_age_without_a_creation_time_begins_with_the_earliest_version() -> None:
    assert value_of(demographic.account_age_days, known_since=NOON - timedelta(days=2)) == 2


def test_profile() -> None:
    full = Person(id="ada", bio="I row.", interests=("chess", "tea"))
    assert value_of(demographic.interests_count, full) == 2
    assert value_of(demographic.interests_count) == 0
    assert value_of(demographic.has_bio, full) == 1
    assert value_of(demographic.has_bio, Person(id="ada", bio=" \n")) == 0


def test_decisions_given_strictly_before() -> None:
    acts = [(LIKE, NOON), (SUPER, NOON - timedelta(microseconds=1)), (DISLIKE, NOON - timedelta(days=400))]
    acts += [(PASS, NOON - timedelta(1)), (VIEW, NOON - timedelta(1))]
    assert value_of(behavioural.total_interactions, acts=acts) == 3
    assert value_of(behavioural.like_rate, acts=acts) == pytest.approx(1 / 3)
    assert value_of(behavioural.total_interactions) == 0
    assert value_of(behavioural.like_rate) == 0
    assert value_of(behavioural.like_rate, acts=[(VIEW, NOON - timedelta(1))]) == 0


def test_recent_activity_is_thirty_days_with_today() -> None:
    midnight = NOON.replace(hour=0)
    first = midnight - timedelta(days=29)
    acts = [(VIEW, NOON - timedelta(hours=1)), (LIKE, first), (LIKE, first - timedelta(microseconds=1)), (VIEW, NOON)]
    assert value_of(behavioural.recent_activity_30d, acts=acts) == 2
    assert value_of(behavioural.recent_activity_30d) == 0


@pytest.mark.parametrize(
    ("days_ago", "streak"),
    [([], 0), ([0], 1), ([1], 1), ([2], 0), ([0, 1, 2], 3), ([1, 2, 4], 2), ([0, 2, 3], 1), ([1, 1, 2], 2)],
)
def test_streak(days_ago: list[int], streak: int) -> None:
    acts = [(VIEW, NOON - timedelta(days=days, minutes=1)) for days in days_ago]
    assert value_of(behavioural.activity_streak_days, acts=acts) == streak


@pytest.mark.parametrize(("key", "norm", "sparsity"), [(0, 5, 0.5), (2, 0.1, 0.75), (3, 0, 1), (4, 0, 1), (5, 0, 1)])
def test_vectors(key: int, norm: float, sparsity: float, vectors: Vectors) -> None:
    assert value_of(collaborative.embedding_norm, vectors=vectors, key=key) == pytest.approx(norm)
    assert value_of(collaborative.embedding_sparsity, vectors=vectors, key=key) == pytest.approx(sparsity)


def test_entries_below_a_hundredth_of_the_largest_are_sparse(vectors: Vectors) -> None:
    assert value_of(collaborative.embedding_sparsity, vectors=vectors, key=1) == 0.25


def test_without_a_model_there_are_no_vectors() -> None:
    assert value_of(collaborative.embedding_norm) == 0
    assert value_of(collaborative.embedding_sparsity) == 1
