"""What holds whatever the components do: nobody twice, nobody excluded, nobody lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pipeline.fakes import CodeFilter, ListSource, TableRanker, pipeline_of
from twofold.domain.candidate import Removed
from twofold.filters.decided import DecidedFilter
from twofold.filters.limits import LimitsFilter
from twofold.filters.safety import SafetyFilter
from twofold.models.loaded import LoadedModel
from twofold.pipeline.engine import Outcome
from twofold.pipeline.stages import Filter, Source
from twofold.policies.slate import ExplorationSlots
from twofold.population.population import Population
from twofold.sources.collaborative import CollaborativeSource
from twofold.sources.content import ContentSource
from twofold.sources.exploration import ExplorationSource
from twofold.testing.contracts.town import crowd, crowd_model, open_town, query_of, random_model

KEYS = st.integers(-2, 40)
SCORES = st.floats(allow_nan=True, allow_infinity=True, width=32)
LISTS = st.lists(st.tuples(KEYS, SCORES), max_size=60)
CODES = st.dictionaries(st.integers(0, 29), st.integers(0, 16))
SHARES = {"collaborative": 0.50, "content": 0.33, "exploration": 0.17}


def shown(outcome: Outcome) -> list[int]:
    return [int(key) for key in outcome.ranked.pool.keys[list(outcome.rows)]]


@settings(deadline=None, max_examples=150)
@given(lists=st.lists(LISTS, min_size=1, max_size=3), codes=CODES, more=CODES, limit=st.integers(1, 50), data=st.data())
def test_whatever_sources_return(
    lists: list[list[tuple[int, float]]],
    codes: dict[int, int],
    more: dict[int, int],
    limit: int,
    data: st.DataObject,
) -> None:
    sources = [
        ListSource(f"source{place}", [key for key, _ in found], [score for _, score in found], honest=False)
        for place, found in enumerate(lists)
    ]
    scores = data.draw(st.dictionaries(st.integers(0, 29), SCORES))
    filters = [CodeFilter(codes), CodeFilter(more, "more", safety=False)]
    policy = ExplorationSlots(ExplorationSlots.Config(share=0.3, source="source0"))
    pipeline = pipeline_of(
        *sources, people=30, filters=filters, ranker=TableRanker(scores), policy=policy, candidates=20
    )
    outcome = pipeline.run(query_of(0, limit))
    pool, people = outcome.ranked.pool, shown(outcome)
    removed = {key for each in (codes, more) for key, code in each.items() if code}

    assert sum(outcome.trace.removed.values()) + pool.eligible == 30
    assert sum(outcome.trace.removed.values()) == len(removed)
    assert len(set(pool.keys.tolist())) == len(pool) <= max(limit, 20)
    assert len(set(people)) == len(people) == min(limit, len(pool))
    assert not set(people) & removed
    assert set(people) <= set(range(30))
    assert outcome.trace.failed == {}

    listed = [outcome.ranked.scores[row] for row in outcome.rows]
    finite = [score for score in listed if np.isfinite(score)]
    assert finite == sorted(finite, reverse=True)
    assert listed[: len(finite)] == finite  # what is no number is at the end


@given(codes=CODES)
def test_the_first_filters_reason_counts(codes: dict[int, int]) -> None:
    pipeline = pipeline_of(ListSource("a", range(30)), people=30, filters=[CodeFilter(codes), CodeFilter({1: 9, 2: 9})])
    trace = pipeline.run(query_of(0)).trace
    expected = dict.fromkeys((1, 2), 9) | {key: code for key, code in codes.items() if code}
    counts: dict[str, int] = {}
    for code in expected.values():
        counts[Removed(code).label] = counts.get(Removed(code).label, 0) + 1
    assert trace.removed == counts


def real_outcome(town: Population, model: LoadedModel, viewer: int) -> Outcome:
    """A list by all the real components (but for features and ranker)."""
    sources: list[Source] = [cls(town, model) for cls in (CollaborativeSource, ContentSource, ExplorationSource)]
    pipeline = pipeline_of(
        *sources,
        people=town.columns.everyone(),
        filters=real_filters(town),
        shares=SHARES,
        policy=ExplorationSlots(),
    )
    return pipeline.run(query_of(viewer))


def real_filters(town: Population) -> list[Filter]:
    return [SafetyFilter(town, 18), DecidedFilter(town), LimitsFilter(town)]


@pytest.mark.parametrize("likes", [0, 1, 30, 150])
@pytest.mark.parametrize("more", [0, 1, 60])
def test_a_hundred_eligible_people_are_a_hundred_candidates(likes: int, more: int) -> None:
    people = 1 + likes + 100 + more
    town = open_town(people, {0: range(1, likes + 1), 7: range(20, people - 5)} if likes else {})
    outcome = real_outcome(town, random_model(town), 0)
    assert outcome.ranked.pool.eligible == 100 + more
    assert len(outcome.ranked.pool) == 100
    assert len(outcome.rows) == 20


def test_quotas_are_filled_when_each_source_has_enough() -> None:
    sources = [
        ListSource("collaborative", range(100)),
        ListSource("content", range(100, 200)),
        ListSource("exploration", range(200, 300)),
    ]
    pool = pipeline_of(*sources, shares=SHARES).run(query_of(0)).ranked.pool
    first = [pool.brought_by([row])[0][0] for row in range(len(pool))]
    assert [first.count(name) for name in SHARES] == [50, 33, 17]


def test_shared_people_cost_nothing_of_a_quota() -> None:
    everyone = list(range(300))
    sources = [
        ListSource("collaborative", everyone),
        ListSource("content", everyone),
        ListSource("exploration", everyone[::-1]),
    ]
    pool = pipeline_of(*sources, shares=SHARES).run(query_of(0)).ranked.pool
    assert sorted(pool.keys.tolist()) == everyone[:83] + everyone[-17:]


def test_a_short_source_is_filled_up_by_the_others_in_order() -> None:
    sources = [ListSource("a", range(5)), ListSource("b", range(100, 200)), ListSource("c", range(200, 300))]
    pool = pipeline_of(*sources, shares={"a": 0.5, "b": 0.3, "c": 0.2}).run(query_of(0)).ranked.pool
    first = [pool.brought_by([row])[0][0] for row in range(len(pool))]
    assert [first.count(name) for name in "abc"] == [5, 75, 20]


def test_a_person_remembers_every_source_whose_list_they_are_in() -> None:
    sources = [
        ListSource("a", [1, 2, 3]),
        ListSource("b", [9, 2, 1], [0.9, float("nan"), 0.1]),
        ListSource("c", [3, 2]),
    ]
    pool = pipeline_of(*sources, candidates=3).run(query_of(0, limit=1)).ranked.pool
    brought = {int(key): pool.brought_by([row])[0] for row, key in enumerate(pool.keys)}
    assert brought == {1: ("a", "b"), 9: ("b",), 3: ("a", "c")}
    assert np.isnan(pool.own[pool.keys == 9, 0]).all()


def test_an_own_score_that_is_no_number_does_not_hide_a_source() -> None:
    pool = pipeline_of(ListSource("a", [4], [float("nan")])).run(query_of(0)).ranked.pool
    assert pool.brought_by([0])[0] == ("a",)


def test_a_longer_list_than_candidates_gets_enough_candidates() -> None:
    assert len(pipeline_of(ListSource("a", range(300)), candidates=10).run(query_of(0, limit=50)).rows) == 50


def test_nobody_there_is_an_empty_list() -> None:
    outcome = pipeline_of(ListSource("a", [1]), people=0).run(query_of(0))
    assert outcome.rows == ()
    assert not outcome.trace.degraded


def test_the_crowd_never_sees_whom_it_must_not() -> None:
    """All the real components on random people who did everything to each other."""
    town = crowd()
    for viewer in range(60):
        outcome = real_outcome(town, crowd_model(), viewer)
        people = np.array(shown(outcome), np.int64)
        assert not any(each.judge(query_of(viewer), people).any() for each in real_filters(town))
        assert outcome.trace.failed == {}
        assert len(people) == min(20, outcome.ranked.pool.eligible)
