"""The synthetic town is repeatable, admissible, plausible, and there is something in it to learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twofold.domain.errors import InvalidInput
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.person import Admission, Person
from twofold.domain.time import MICROS_PER_DAY, Micros, datetime_from_micros, years_between
from twofold.simulation.town import Town, build_town

NOW = Micros(1_790_000_000_000_000)
PEOPLE, EVENTS = 1_200, 40_000


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town(PEOPLE, EVENTS, seed=11, now=NOW)


def columns(town: Town) -> tuple[NDArray[np.integer], ...]:
    return town.actor, town.target, town.kind, town.at


def decisions(town: Town) -> NDArray[np.bool_]:
    return np.isin(town.kind, tuple(DECISIONS))


def couples(town: Town) -> NDArray[np.int64]:
    low, high = np.minimum(town.actor, town.target), np.maximum(town.actor, town.target)
    return low * len(town.people) + high


def auc(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The chance that a positive stands above a negative (Mann-Whitney; the scores here have no ties to speak of)."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(1, len(scores) + 1)
    positives = int(labels.sum())
    above = ranks[labels].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(labels) - positives)))


def kilometres(one: Person, other: Person) -> float:
    assert one.lat is not None
    assert one.lon is not None
    assert other.lat is not None
    assert other.lon is not None
    lat, lon = math.radians(one.lat), math.radians(one.lon)
    there, beyond = math.radians(other.lat), math.radians(other.lon)
    half = math.sin((there - lat) / 2) ** 2 + math.cos(lat) * math.cos(there) * math.sin((beyond - lon) / 2) ** 2
    return 2 * 6_371.0088 * math.asin(math.sqrt(half))


def age(person: Person) -> int:
    assert person.birth_date is not None
    return years_between(person.birth_date, datetime_from_micros(NOW).date())


def within_limits(viewer: Person, candidate: Person) -> bool:
    """Whether the candidate is within the viewer's limits."""
    return (
        (not viewer.seeking or candidate.gender in viewer.seeking)
        and (viewer.min_age is None or viewer.min_age <= age(candidate))
        and (viewer.max_age is None or age(candidate) <= viewer.max_age)
        and (viewer.max_distance_km is None or kilometres(viewer, candidate) <= viewer.max_distance_km)
    )


def test_the_same_arguments_build_the_same_town(town: Town) -> None:
    again = build_town(PEOPLE, EVENTS, seed=11, now=NOW)
    assert again.people == town.people
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(columns(town), columns(again), strict=True))


def test_another_seed_builds_another_town(town: Town) -> None:
    other = build_town(PEOPLE, EVENTS, seed=12, now=NOW)
    assert other.people != town.people
    assert not np.array_equal(other.actor, town.actor)


def test_everybody_may_be_admitted(town: Town) -> None:
    for person in town.people:
        Admission().check(person, NOW)
    assert len({person.id for person in town.people}) == PEOPLE


def test_nobody_joined_under_age(town: Town) -> None:
    for person in town.people:
        assert person.birth_date is not None
        assert person.created_at is not None
        assert years_between(person.birth_date, datetime_from_micros(person.created_at).date()) >= 18


def test_there_are_as_many_events_as_asked_for(town: Town) -> None:
    assert len(town) == EVENTS
    assert 0.7 < decisions(town).mean() < 0.9


def test_people_differ_in_every_attribute(town: Town) -> None:
    genders = [person.gender for person in town.people]
    assert 0.4 < genders.count("woman") / PEOPLE < 0.55
    assert 0.01 < genders.count("nonbinary") / PEOPLE < 0.06
    assert 0.01 < np.mean([not person.active for person in town.people]) < 0.06
    assert 0.75 < np.mean([person.bio is not None for person in town.people]) < 0.95
    assert 18 <= min(map(age, town.people)) < 20
    assert np.median([age(person) for person in town.people]) < 35 < max(map(age, town.people)) <= 76
    limits = [person.max_distance_km for person in town.people]
    assert 0.05 < limits.count(None) / PEOPLE < 0.2
    assert np.mean([limit is not None and limit <= 50 for limit in limits]) > 0.6
    assert len({label for person in town.people for label in person.interests}) == 60


def test_places_have_a_long_tail() -> None:
    people = build_town(6_000, 0, seed=3, now=NOW).people
    sizes = sorted(
        (sum(person.place == place for person in people) for place in {p.place for p in people}), reverse=True
    )
    assert len(sizes) == 20
    assert sizes[0] > 5 * np.median(sizes)


def test_activity_and_popularity_are_heavy_tailed(town: Town) -> None:
    chosen = decisions(town)
    for column in (town.actor, town.target):
        counts = np.sort(np.bincount(column[chosen], minlength=PEOPLE))
        assert counts[-PEOPLE // 10 :].sum() > 0.25 * counts.sum()
        assert counts[-1] > 4 * np.median(counts)


def test_decisions_mostly_respect_both_sides_limits(town: Town) -> None:
    chosen = np.flatnonzero(decisions(town))[::17]
    pairs = [(town.people[int(town.actor[row])], town.people[int(town.target[row])]) for row in chosen]
    share = np.mean([within_limits(one, other) and within_limits(other, one) for one, other in pairs])
    assert 0.9 < share < 1.0


def test_two_in_five_decisions_are_likes(town: Town) -> None:
    likes = np.isin(town.kind[decisions(town)], tuple(POSITIVES))
    assert likes.mean() == pytest.approx(0.4, abs=0.02)
    super_likes = (town.kind == EventKind.SUPER_LIKE).sum() / likes.sum()
    assert 0.03 < super_likes < 0.15


def test_the_hidden_taste_decides(town: Town) -> None:
    chosen = decisions(town)
    likes = np.isin(town.kind[chosen], tuple(POSITIVES))
    truth = town.like_probability(town.actor[chosen], town.target[chosen])
    assert truth.min() > 0
    assert truth.max() < 1
    assert truth.mean() == pytest.approx(likes.mean(), abs=0.02)
    assert auc(likes, truth) > 0.75
    # More than popularity knows: the same for everybody is not enough.
    assert auc(likes, truth) > auc(likes, town.taste.attraction[town.target[chosen]]) + 0.1


def test_likes_are_answered_and_matches_talk(town: Town) -> None:
    likes = np.isin(town.kind, tuple(POSITIVES))
    met, times = np.unique(couples(town)[likes], return_counts=True)
    matched = met[times == 2]
    assert len(matched) > 0.03 * likes.sum()
    messages = np.isin(couples(town)[town.kind == EventKind.MESSAGE], matched)
    assert len(messages) > 500
    assert messages.all()


def test_people_come_on_different_days(town: Town) -> None:
    day = town.at // MICROS_PER_DAY
    days = np.unique(np.stack([town.actor, day]), axis=1)
    each = np.bincount(days[0], minlength=PEOPLE)
    assert np.percentile(each, 10) < 0.3 * np.percentile(each, 90)
    next_day = (np.diff(days[1]) == 1) & (np.diff(days[0]) == 0)
    assert 0.2 < next_day.mean() < 0.8


def check_laws(town: Town) -> None:
    """What holds in every town, however small."""
    actor, target, kind, at = columns(town)
    assert (actor != target).all()
    assert (np.diff(at) >= 0).all()
    assert EventKind.MATCH not in kind
    assert (at < NOW).all()
    created = np.array([person.created_at for person in town.people])
    assert (at >= np.maximum(created[actor], created[target])).all()
    chosen = decisions(town)
    assert len(np.unique(actor[chosen] * len(town.people) + target[chosen])) == chosen.sum()
    check_ends(town)


def check_ends(town: Town) -> None:
    """Nothing follows a block or an unmatch between the two."""
    couple = couples(town)
    for row in np.flatnonzero(np.isin(town.kind, (EventKind.BLOCK, EventKind.UNMATCH))):
        assert not (couple[row + 1 :] == couple[row]).any()


def test_the_laws_hold_in_a_town(town: Town) -> None:
    assert (town.kind == EventKind.BLOCK).sum() > 10
    assert (town.kind == EventKind.REPORT).sum() > 2
    assert (town.kind == EventKind.UNMATCH).sum() > 10
    check_laws(town)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 150), st.integers(0, 2_000), st.integers(0, 2**32 - 1))
def test_the_laws_hold_in_every_small_town(people: int, events: int, seed: int) -> None:
    small = build_town(people, events, seed, NOW)
    assert len(small.people) == people
    assert len(small) <= events
    for person in small.people:
        Admission().check(person, NOW)
    check_laws(small)


@pytest.mark.parametrize(("people", "events", "field"), [(1, 10, "people"), (10, -1, "events")])
def test_a_town_that_cannot_be_is_refused(people: int, events: int, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        build_town(people, events, seed=1, now=NOW)
