"""Admirers: whose like of the viewer stands, and never a word about it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.event import EventKind
from twofold.population.population import Population
from twofold.settings import PRESETS, TELLING
from twofold.sources.admirers import AdmirersSource
from twofold.testing.contracts.town import NOW, Row, others, population_of, query_of, reason_of, version_of

LIKE, PASS, SUPER, VIEW = EventKind.LIKE, EventKind.PASS, EventKind.SUPER_LIKE, EventKind.VIEW


def town(*rows: Row) -> Population:
    return population_of([version_of(key) for key in range(8)], rows)


def brought(population: Population, limit: int = 10) -> list[int]:
    return [int(key) for key in AdmirersSource(population).candidates(query_of(0), others(population, 0), limit).keys]


def test_the_latest_come_first() -> None:
    population = town((1, 0, LIKE, 5), (2, 0, SUPER, 9), (3, 0, LIKE, 7), (4, 0, VIEW, 8), (5, 6, LIKE, 8))
    assert brought(population) == [2, 3, 1]
    assert brought(population, limit=2) == [2, 3]


def test_a_like_taken_back_is_no_like() -> None:
    assert brought(town((1, 0, LIKE, 5), (1, 0, PASS, 6), (2, 0, PASS, 5), (2, 0, LIKE, 6))) == [2]


def test_what_is_yet_to_come_is_not_seen() -> None:
    assert brought(town((1, 0, LIKE, int(NOW)), (2, 0, LIKE, int(NOW) - 1))) == [2]


def test_only_the_eligible() -> None:
    population = town((1, 0, LIKE, 5), (2, 0, LIKE, 6))
    assert AdmirersSource(population).candidates(query_of(0), np.array([1, 3]), 10).keys.tolist() == [1]


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(1, 7), st.just(0), st.sampled_from([LIKE, PASS, SUPER]), st.integers(1, 4))),
    limit=st.integers(1, 9),
)
def test_what_stands_counts_and_at_one_moment_the_order_of_the_log(rows: list[Row], limit: int) -> None:
    log = sorted(rows, key=lambda row: row[3])
    last = {actor: (place, kind, at) for place, (actor, _, kind, at) in enumerate(log)}
    admirers = [(-at, place, actor) for actor, (place, kind, at) in last.items() if kind != PASS]
    assert brought(town(*rows), limit) == [actor for *_, actor in sorted(admirers)][:limit]


def test_it_never_gives_a_reason_and_says_that_it_tells() -> None:
    source = AdmirersSource(town((1, 0, LIKE, 5)))
    assert reason_of(source, query_of(0), 1) is None
    assert source.tells
    assert source.name in TELLING
    assert next(iter(PRESETS["balanced"])) == source.name, "their quota is filled first"
    assert source.name not in PRESETS["document"]
