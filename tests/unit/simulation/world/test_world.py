"""The world is repeatable, admissible, about what was asked for, and large ones are drawn as columns."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from twofold.domain.errors import InvalidInput
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.person import Admission
from twofold.domain.time import MICROS_PER_DAY
from twofold.simulation.world.deeds import Taste
from twofold.simulation.world.land import Land
from twofold.simulation.world.meetings import Meetings
from twofold.simulation.world.shape import NOW, Shape
from twofold.simulation.world.world import World, build_world, person_id

PEOPLE = 3_000


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(Shape(people=PEOPLE, seed=4, unlimited=0.2))


def gini(counts: NDArray[np.int64]) -> float:
    rising = np.sort(counts)
    places = np.arange(1, len(rising) + 1)
    return float((2 * places - len(rising) - 1) @ rising / (len(rising) * rising.sum()))


def test_the_same_shape_is_the_same_world(world: World) -> None:
    again = build_world(world.shape)
    assert list(again.people()) == list(world.people())
    for name in ("actor", "target", "kind", "at"):
        assert np.array_equal(getattr(again.deeds, name), getattr(world.deeds, name))


def test_another_seed_is_another_world(world: World) -> None:
    other = build_world(Shape(people=PEOPLE, seed=5, unlimited=0.2))
    assert next(other.people()) != next(world.people())
    assert len(other.deeds) != len(world.deeds) or not np.array_equal(other.deeds.actor, world.deeds.actor)


def test_everybody_may_be_admitted(world: World) -> None:
    people = list(world.people())
    for person in people:
        Admission().check(person, NOW)
    assert [person.id for person in people] == [person_id(place) for place in range(PEOPLE)]
    assert {person.gender for person in people} == {"woman", "man", "nonbinary"}


def test_events_are_between_two_people_who_are_there(world: World) -> None:
    deeds, residents = world.deeds, world.residents
    assert (deeds.actor != deeds.target).all()
    for side in (deeds.actor, deeds.target):
        assert side.min() >= 0
        assert side.max() < PEOPLE
        assert (deeds.at >= residents.created[side]).all()
        assert (deeds.at < residents.end[side]).all()
    assert (np.diff(deeds.at) >= 0).all()
    assert deeds.at.min() >= NOW - 365 * MICROS_PER_DAY
    assert set(np.unique(deeds.kind).tolist()) <= {*DECISIONS, EventKind.BLOCK}


def test_nobody_decides_twice_on_the_same_person(world: World) -> None:
    decided = np.isin(world.deeds.kind, tuple(DECISIONS))
    pairs = world.deeds.actor[decided] * PEOPLE + world.deeds.target[decided]
    assert len(np.unique(pairs)) == len(pairs)
    blocks = world.deeds.take(np.flatnonzero(world.deeds.kind == EventKind.BLOCK))
    assert len(blocks)
    assert np.isin(blocks.actor * PEOPLE + blocks.target, pairs).all()


def test_shares_are_about_what_was_asked_for(world: World) -> None:
    residents, deeds = world.residents, world.deeds
    assert np.isnan(residents.max_distance).mean() == pytest.approx(0.2, abs=0.001)
    assert np.nanmax(residents.max_distance) == 50
    assert 18 <= residents.age.min() <= residents.age.max() <= 75
    assert len(deeds) / PEOPLE == pytest.approx(world.shape.events, rel=0.2)
    assert np.isin(deeds.kind, tuple(POSITIVES)).mean() == pytest.approx(0.45, abs=0.1)
    sizes = np.bincount(residents.place)
    assert sizes[0] > 3 * np.median(sizes)


def test_most_events_are_between_people_who_suit(world: World) -> None:
    # Suiting does not depend on land or exposure: any will do.
    land = Land(world.residents.centres, np.ones(len(world.residents.centres)))
    meetings = Meetings(world.residents, land, np.ones(PEOPLE))
    assert meetings.suits(world.deeds.actor, world.deeds.target).mean() > 0.85


def test_popularity_is_heavy_tailed_and_flat_when_asked() -> None:
    received = {}
    for flat in (False, True):
        world = build_world(Shape(people=PEOPLE, seed=4, flat=flat))
        received[flat] = gini(np.bincount(world.deeds.target, minlength=PEOPLE))
    assert received[False] > received[True] + 0.1


def test_viewers_with_and_without_a_limit_are_all_who_are_active(world: World) -> None:
    limited, unlimited = world.viewers(unlimited=False), world.viewers(unlimited=True)
    assert np.array_equal(np.union1d(limited, unlimited), np.flatnonzero(world.residents.active))
    assert np.isnan(world.residents.max_distance[unlimited]).all()


def test_a_taste_without_popularity_is_flat() -> None:
    assert (Taste(10, flat=True, rng=np.random.default_rng(1)).exposure == 1).all()


@pytest.mark.parametrize("shape", [Shape(people=10), Shape(people=1_000, unlimited=1.5)])
def test_what_cannot_be_is_refused(shape: Shape) -> None:
    with pytest.raises(InvalidInput):
        build_world(shape)


def test_names_tell_worlds_apart() -> None:
    shapes = [
        Shape(people=500),
        Shape(people=500, seed=1),
        Shape(people=500, flat=True),
        Shape(people=500, unlimited=0),
    ]
    assert len({shape.name for shape in shapes}) == len(shapes)
