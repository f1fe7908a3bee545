"""Friends of friends: whom the people like that the viewer likes."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.event import EventKind
from twofold.population.population import Population
from twofold.sources.friends import FriendsSource
from twofold.testing.contracts.town import Row, open_town, others, population_of, query_of, reason_of, version_of

SAID = "Liked by several people you like"


def brought(population: Population, limit: int = 10) -> dict[int, float]:
    found = FriendsSource(population).candidates(query_of(0), others(population, 0), limit)
    return dict(zip(found.keys.tolist(), found.scores.tolist(), strict=True))


def test_who_is_choosy_counts_more() -> None:
    population = open_town(12, {0: [1, 2], 1: [5], 2: [6, 7, 8, 9]})
    found = brought(population)
    assert next(iter(found)) == 5
    assert found == {
        5: pytest.approx(1 / np.log(3)),
        **dict.fromkeys((6, 7, 8, 9), pytest.approx(1 / np.log(6))),
    }
    assert list(brought(population, limit=1)) == [5]


def test_several_add_up() -> None:
    found = brought(open_town(12, {0: [1, 2], 1: [5, 6], 2: [5, 7]}))
    assert found[5] == pytest.approx(2 / np.log(4))
    assert found[6] == found[7] == pytest.approx(1 / np.log(4))


@pytest.mark.parametrize(("likers", "said"), [(1, None), (2, None), (3, SAID), (4, SAID)])
def test_it_is_told_from_three_on(likers: int, said: str | None) -> None:
    population = open_town(12, {0: [1, 2, 3, 4], **{key: [9] for key in range(1, likers + 1)}})
    assert reason_of(FriendsSource(population), query_of(0), 9) == said
    assert reason_of(FriendsSource(population), query_of(0), 11) is None


def test_equals_go_by_key_and_only_the_eligible_are_brought() -> None:
    population = open_town(12, {0: [1, 2], 1: [9, 5, 7], 2: [8, 5, 7]})
    found = FriendsSource(population).candidates(query_of(0), np.array([3, 7, 8, 9]), 10)
    assert found.keys.tolist() == [7, 8, 9]
    assert FriendsSource(population).candidates(query_of(0), np.array([3]), 10).keys.tolist() == []


def test_the_latest_decisions_alone_are_followed_each_person_once() -> None:
    like, away = EventKind.LIKE, EventKind.PASS
    rows: list[Row] = [(0, 1, like, 1), (0, 2, like, 2), (0, 2, EventKind.SUPER_LIKE, 3), (0, 3, away, 4)]
    rows += [(1, 5, like, 5), (2, 6, like, 6), (2, 7, like, 7), (2, 7, away, 8)]
    population = population_of([version_of(key) for key in range(9)], rows)
    assert brought(population) == {5: pytest.approx(1 / np.log(3)), 6: pytest.approx(1 / np.log(3))}
    source = FriendsSource(population, config=FriendsSource.Config(latest=3))
    assert source.candidates(query_of(0), others(population, 0), 10).keys.tolist() == [6]
    short = FriendsSource(population, config=FriendsSource.Config(latest=1))
    assert len(short.candidates(query_of(0), others(population, 0), 10)) == 0


def test_who_likes_nobody_has_no_friends() -> None:
    population = open_town(6, {1: [2], 2: [0]})
    assert brought(population) == {}
    assert reason_of(FriendsSource(population), query_of(0), 2) is None
