"""Exploration slots: how many, for whom, with what probability, and what order is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from twofold.domain.candidate import Candidates
from twofold.pipeline.blend import blend, split_quotas
from twofold.pipeline.slate import Pool, Slate
from twofold.policies.slate import ExplorationSlots, split_share
from twofold.testing.contracts.policies import pool_of
from twofold.testing.contracts.town import query_of

SHARES = {"collaborative": 0.50, "content": 0.33, "exploration": 0.17}


def a_pool(eligible: int, rng: np.random.Generator, total: int = 100) -> Pool:
    """As in production: two sources that always bring the same favourites, one that draws."""
    scores = np.linspace(1, 0.5, eligible, dtype=np.float32)
    favourites = Candidates(np.arange(eligible), scores)
    liked = Candidates(np.arange(0, eligible, 2), scores[::2])
    drawn = Candidates(
        rng.choice(eligible, min(total, eligible), replace=False), np.full(min(total, eligible), 0.1, np.float32)
    )
    found = [("collaborative", favourites), ("content", liked), ("exploration", drawn)]
    return blend(found, split_quotas(SHARES, total), total, eligible)


def scores_of(pool: Pool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Scores that favour small keys strongly."""
    return np.asarray(1.0 / (1.0 + pool.keys))


@pytest.mark.parametrize("limit", [10, 20, 30, 60])
def test_each_eligible_person_gets_the_same_share_of_slots_and_it_is_the_recorded_propensity(limit: int) -> None:
    eligible, lists = 150, 4_000
    policy, counts, recorded, slots = ExplorationSlots(), np.zeros(eligible), set(), 0
    for seed in range(lists):
        query = query_of(10**6, limit, seed)
        pool = a_pool(eligible, query.rng)
        slate = policy.arrange(query, pool, scores_of(pool))
        drawn = np.flatnonzero(~np.isnan(slate.propensities))
        assert set(drawn.tolist()) <= set(slate.order[:limit].tolist())
        counts[pool.keys[drawn]] += 1
        recorded.update(slate.propensities[drawn].tolist())
        slots += len(drawn)
    assert chisquare(counts).pvalue > 0.001
    (propensity,) = recorded
    assert propensity == pytest.approx(limit * 0.05 / eligible)
    favourite, least = (binomtest(int(counts[key]), lists, propensity).pvalue for key in (0, eligible - 1))
    assert min(favourite, least) > 0.001
    assert slots / lists == pytest.approx(limit * 0.05, rel=0.1)


def test_a_list_of_20_always_has_a_drawn_person() -> None:
    for seed in range(200):
        query = query_of(10**6, 20, seed)
        pool = a_pool(500, query.rng)
        slate = ExplorationSlots().arrange(query, pool, scores_of(pool))
        assert np.isfinite(slate.propensities[slate.order[:20]]).sum() == 1


@pytest.mark.parametrize("length", range(0, 201, 20))
@pytest.mark.parametrize("share", [0.05, 0.1, 0.15, 0.35, 0.7, 0.9])
def test_whole_numbers_of_slots_are_not_missed_by_rounding(length: int, share: float) -> None:
    hundredths = round(share * 100)
    assert split_share(length, share) == (length * hundredths // 100, 0.0)


@pytest.mark.parametrize(("length", "expected"), [(1, 0.05), (10, 0.5), (19, 0.95), (30, 0.5)])
def test_what_is_left_of_a_slot_is_a_probability(length: int, expected: float) -> None:
    assert split_share(length, 0.05)[1] == pytest.approx(expected)


SCORES = st.floats(allow_nan=True, allow_infinity=True)


@given(
    people=st.integers(0, 300),
    limit=st.integers(1, 200),
    share=st.floats(0, 1),
    seed=st.integers(0, 50),
    data=st.data(),
)
def test_the_slate_is_the_drawn_and_the_best_of_the_rest_each_part_by_score(
    people: int, limit: int, share: float, seed: int, data: st.DataObject
) -> None:
    pool = pool_of(people, seed)
    scores = np.array(data.draw(st.lists(SCORES, min_size=len(pool), max_size=len(pool))), np.float64)
    policy = ExplorationSlots(ExplorationSlots.Config(share=share))
    slate = policy.arrange(query_of(10**6, limit, seed), pool, scores)
    assert sorted(slate.order.tolist()) == list(range(len(pool)))
    sunk = np.where(np.isfinite(scores), scores, -np.inf)
    shown, reserve = slate.order[:limit], slate.order[limit:]
    for part in (shown, reserve):
        assert (np.diff(sunk[part]) <= 0).all() if np.isfinite(sunk[part]).all() else True
        assert sunk[part].tolist() == sorted(sunk[part].tolist(), reverse=True)
    rest = [row for row in shown.tolist() if np.isnan(slate.propensities[row])]
    if rest and len(reserve):
        assert min(sunk[rest]) >= max(sunk[reserve])


def arranged(pool: Pool, limit: int, share: float = 0.05) -> Slate:
    policy = ExplorationSlots(ExplorationSlots.Config(share=share))
    return policy.arrange(query_of(10**6, limit), pool, scores_of(pool))


def test_where_everyone_eligible_is_shown_everyones_probability_is_1() -> None:
    pool = a_pool(15, np.random.default_rng(0))
    assert arranged(pool, 20).propensities.tolist() == [1.0] * 15
    assert np.nanmax(arranged(pool, 14).propensities) < 1


def test_the_slots_go_to_the_first_drawn() -> None:
    pool = a_pool(200, np.random.default_rng(0))
    drawn = np.flatnonzero(~np.isnan(arranged(pool, 100).propensities))
    assert set(drawn.tolist()) == set(pool.leading("exploration")[:5].tolist())


def test_nothing_is_drawn_without_slots_or_without_the_source() -> None:
    pool = a_pool(100, np.random.default_rng(0))
    assert np.isnan(arranged(pool, 20, share=0.0).propensities).all()
    other = ExplorationSlots(ExplorationSlots.Config(source="elsewhere"))
    assert np.isnan(other.arrange(query_of(10**6), pool, scores_of(pool)).propensities).all()


def test_slots_beyond_the_sources_quota_are_not_filled_with_people_whom_scores_chose() -> None:
    """Only the first 17 of the draw are in the pool for sure; the rest of it overlaps with the favourites."""
    counts = np.zeros(150)
    for seed in range(1_500):
        query = query_of(10**6, 60, seed)
        pool = a_pool(150, query.rng)
        slate = ExplorationSlots(ExplorationSlots.Config(share=0.5)).arrange(query, pool, scores_of(pool))
        drawn = np.flatnonzero(~np.isnan(slate.propensities))
        assert len(drawn) == 17
        assert slate.propensities[drawn] == pytest.approx(17 / 150)
        counts[pool.keys[drawn]] += 1
    assert chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_0_and_1(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        ExplorationSlots.Config(share=share)
