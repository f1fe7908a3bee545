"""The cap's laws: whatever the order of lists, nobody is in more than cap slates of a window, and nobody is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.pipeline.fakes import CodeFilter, KeyFeatures, ListSource, TableRanker
from twofold.domain.candidate import Codes, Keys, Removed
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.filters.exposure import ExposureFilter
from twofold.pipeline.engine import Outcome, Pipeline
from twofold.pipeline.guard import Guard
from twofold.pipeline.query import Query
from twofold.pipeline.stages import Filter
from twofold.policies.slate import ExplorationSlots, ExposureCap
from twofold.population.exposure import Exposure
from twofold.population.population import Population
from twofold.sources.exploration import ExplorationSource
from twofold.testing.contracts.policies import PolicyContract, pool_of
from twofold.testing.contracts.town import NOW, open_town, query_of

PEOPLE = 25


class BrokenExposureFilter(ExposureFilter):
    """One that cannot judge."""

    def judge(self, query: Query, keys: Keys) -> Codes:
        raise ZeroDivisionError


def town_of(cap: int | None, people: int = PEOPLE) -> Population:
    town = open_town(people)
    town.exposure = Exposure(cap)
    return town


def pipeline_of(town: Population, *filters: Filter, pacing: float = 0.0) -> Pipeline:
    everyone = town.columns.everyone()
    return Pipeline(
        everyone=lambda: everyone,
        filters=filters,
        sources=[ListSource("favourites", everyone[::-1].tolist()), ExplorationSource(town, None)],
        shares={"favourites": 0.8, "exploration": 0.2},
        candidates=100,
        features=KeyFeatures(),
        ranker=TableRanker(),
        fallback=TableRanker(),
        policy=ExposureCap(town, ExplorationSlots(), pacing),
        guard=Guard(30.0),
    )


def keys_of(outcome: Outcome) -> Keys:
    return outcome.ranked.pool.keys[list(outcome.rows)]


class TestFullTown(PolicyContract):
    """The contract, where every third is full."""

    @pytest.fixture
    def policy(self) -> ExposureCap:
        town = town_of(1, 300)
        town.exposure.show(np.arange(0, 300, 3), NOW)
        return ExposureCap(town, pacing=1.0)


VISITS = st.lists(
    st.tuples(st.integers(0, PEOPLE - 1), st.integers(1, 30), st.integers(0, MICROS_PER_DAY // 4)), max_size=40
)


@pytest.mark.parametrize("working", [True, False])
@given(visits=VISITS, cap=st.integers(1, 5), days=st.integers(1, 2), pacing=st.sampled_from([0.0, 2.0]))
def test_whatever_the_order_of_lists_nobody_is_in_more_slates_of_a_window_than_the_cap(
    visits: list[tuple[int, int, int]], cap: int, days: int, pacing: float, working: bool
) -> None:
    town = open_town(PEOPLE)
    town.exposure = Exposure(cap, days)
    pipeline = pipeline_of(town, (ExposureFilter if working else BrokenExposureFilter)(town), pacing=pacing)
    shown, moment = dict[int, Keys](), NOW
    for seed, (viewer, limit, later) in enumerate(visits):
        moment = Micros(moment + later)
        window = shown.setdefault(moment // (days * MICROS_PER_DAY), np.zeros(PEOPLE, np.int64))
        outcome = pipeline.run(query_of(viewer, limit, seed, as_of=moment))
        full = int((window >= cap).sum())
        keys = keys_of(outcome)
        assert len(keys) == min(limit, PEOPLE - full), "shorter only when too few are left"
        assert outcome.trace.removed.get("exposed", 0) == full, "and it says why"
        window[keys] += 1
        town.exposure.show(keys, moment)
        assert window.max() <= cap
        assert outcome.trace.degraded is False
        assert set(outcome.trace.failed) == (set() if working else {"exposure"})


@given(full=st.sets(st.integers(0, 59)), limit=st.integers(1, 70))
def test_chosen_and_reserve_are_the_pool_and_who_is_full_comes_last(full: set[int], limit: int) -> None:
    town = town_of(1, 60)
    town.exposure.show(np.array(sorted(full), np.int64), NOW)
    pool = pool_of(60)
    scores = np.random.default_rng(limit).random(len(pool))
    slate = ExposureCap(town).arrange(query_of(1_000, limit), pool, scores)
    assert sorted(slate.order.tolist()) == list(range(len(pool)))
    withheld = np.zeros(len(pool), bool) if slate.withheld is None else slate.withheld == Removed.EXPOSED
    assert set(pool.keys[withheld].tolist()) == full & set(pool.keys.tolist())
    assert withheld[slate.order].tolist() == sorted(withheld.tolist())


@pytest.mark.parametrize("limit", [5, 20, 40])
def test_without_anybody_full_it_is_the_policy_that_it_is_put_around(limit: int) -> None:
    pool = pool_of(300)
    scores = np.random.default_rng(1).random(len(pool))
    capped = ExposureCap(town_of(3, 300)).arrange(query_of(1_000, limit, 5), pool, scores)
    plain = ExplorationSlots().arrange(query_of(1_000, limit, 5), pool, scores)
    assert capped.order.tolist() == plain.order.tolist()
    assert capped.propensities == pytest.approx(plain.propensities, nan_ok=True)
    assert capped.withheld is None


def test_where_somebody_is_withheld_no_propensity_is_claimed() -> None:
    town = town_of(1, 300)
    town.exposure.show(np.array([int(pool_of(300).keys[0])]), NOW)
    slate = ExposureCap(town).arrange(query_of(1_000), pool_of(300), np.ones(len(pool_of(300))))
    assert np.isnan(slate.propensities).all()


def test_the_drawn_have_the_propensity_of_a_draw_among_those_who_are_not_full() -> None:
    town = town_of(1, 200)
    town.exposure.show(np.arange(50), NOW)
    pipeline = pipeline_of(town, ExposureFilter(town))
    outcome = pipeline.run(query_of(199, 20))
    assert np.nanmax(outcome.propensities) == pytest.approx(1 / 150)


def test_pacing_puts_somebody_used_up_early_behind_others() -> None:
    town = town_of(10, 30)
    town.exposure.show(np.array([29]), NOW, 9)
    filters = CodeFilter({}), ExposureFilter(town)
    free, paced = (keys_of(pipeline_of(town, *filters, pacing=each).run(query_of(0, 5))) for each in (0.0, 3.0))
    assert free[0] == 29
    assert paced[0] == 28


def test_who_is_full_is_taken_out_before_sources_look() -> None:
    town = town_of(1, 200)
    town.exposure.show(np.arange(100, 200), NOW)
    outcome = pipeline_of(town, ExposureFilter(town)).run(query_of(0, 50))
    assert len(outcome.ranked.pool) == 100, "others fill up"
    assert keys_of(outcome).max() < 100
    assert outcome.trace.removed == {"exposed": 100}


def test_whom_pacing_chose_stand_in_the_order_of_their_scores() -> None:
    town = town_of(10, 60)
    town.exposure.show(np.arange(0, 60, 2), NOW, 8)
    pool = pool_of(60)
    scores = np.random.default_rng(4).random(len(pool))
    slate = ExposureCap(town, pacing=1.0).arrange(query_of(1_000, 20), pool, scores)
    chosen = scores[slate.order[:20]]
    assert chosen.tolist() == sorted(chosen, reverse=True)
    assert sorted(slate.order.tolist()) == list(range(len(pool)))
