"""Popular lately: likes that fade, and words about the most liked alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.population.population import Population
from twofold.sources.popular import PopularSource
from twofold.testing.contracts.town import NOW, Row, others, population_of, query_of, reason_of, version_of

SAID = "Popular lately"


def liked(key: int, times: int, days_ago: int = 1) -> list[Row]:
    """So many likes of one person, by as many people."""
    at = NOW - days_ago * MICROS_PER_DAY
    return [(60 + number, key, EventKind.LIKE, at) for number in range(times)]


def town(*rows: Row) -> Population:
    return population_of([version_of(key) for key in range(100)], rows)


def test_likes_of_last_week_outweigh_more_of_last_season() -> None:
    population = town(*liked(1, 9, days_ago=100), *liked(2, 3), *liked(3, 4, days_ago=31))
    found = PopularSource(population).candidates(query_of(0), others(population, 0), 10)
    assert found.keys.tolist() == [2, 3, 1]
    assert len(PopularSource(population).candidates(query_of(0), others(population, 0), 2)) == 2


def test_nobody_without_a_like() -> None:
    population = town((1, 2, EventKind.DISLIKE, 5))
    source = PopularSource(population)
    assert not len(source.candidates(query_of(0), others(population, 0), 10))
    assert reason_of(source, query_of(0), 2) is None


def test_it_is_told_of_the_most_liked_alone() -> None:
    population = town(*(row for key in range(1, 41) for row in liked(key, 40 if key <= 2 else 1)))
    source = PopularSource(population)
    assert [reason_of(source, query_of(0), key) for key in (1, 2, 3, 50)] == [SAID, SAID, None, None]


def test_no_reason_depends_on_who_likes_the_viewer() -> None:
    rows = [row for key in range(1, 22) for row in liked(key, key)]
    without, admired = town(*rows), town(*rows, *liked(0, 40))
    for key in range(1, 60):
        assert reason_of(PopularSource(without), query_of(0), key) == reason_of(
            PopularSource(admired), query_of(0), key
        )


@given(
    likes=st.lists(st.integers(0, 9), min_size=1, max_size=40),
    without=st.integers(0, 39),
    share=st.sampled_from([0.05, 0.3, 0.5, 1.0]),
)
def test_the_level_is_the_quantile_of_all_others_who_are_liked(likes: list[int], without: int, share: float) -> None:
    population = population_of(
        [version_of(key) for key in range(40)], [row for key, times in enumerate(likes) for row in liked(key, times)]
    )
    others_ = np.delete(population.popular(NOW), without)
    others_ = others_[others_ > 0]
    expected = np.quantile(others_, 1 - share) if len(others_) else np.inf
    assert population.popular_from(NOW, share, without) == pytest.approx(expected)
