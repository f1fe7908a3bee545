"""Quotas, filling up, and what a pool remembers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.candidate import Candidates
from twofold.pipeline.blend import Plan, blend, split_quotas

LISTS = st.lists(st.lists(st.integers(0, 60), unique=True, max_size=40), min_size=1, max_size=4)


def listed(keys: list[int]) -> Candidates:
    return Candidates(np.array(keys, np.int64), np.linspace(1, 0, len(keys), dtype=np.float32))


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=6), total=st.integers(0, 1_000))
def test_quotas_add_up_and_are_within_one_of_the_share(shares: list[float], total: int) -> None:
    named = {str(place): share for place, share in enumerate(shares)}
    quotas = split_quotas(named, total)
    weight = sum(shares)
    assert sum(quotas.values()) == (total if weight > 0 else 0)
    for name, quota in quotas.items():
        assert quota >= 0
        assert weight == 0 or abs(quota - total * named[name] / weight) < 1 + 1e-6


@given(lists=LISTS, total=st.integers(0, 80), shares=st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_pool_is_as_full_as_the_lists_allow(lists: list[list[int]], total: int, shares: list[float]) -> None:
    found = [(f"s{place}", listed(keys)) for place, keys in enumerate(lists)]
    quotas = split_quotas({name: shares[place] for place, (name, _) in enumerate(found)}, total)
    pool = blend(found, quotas, total, eligible=61)
    everyone = {key for keys in lists for key in keys}
    assert len(pool) == min(total, len(everyone))
    for row, key in enumerate(pool.keys.tolist()):
        assert pool.brought_by([row])[0] == tuple(name for name, each in found if key in each.keys)
        for column, keys in enumerate(lists):
            assert pool.ranks[row, column] == (keys.index(key) if key in keys else -1)


@given(
    lists=st.lists(st.lists(st.integers(-3, 60), max_size=40), max_size=4),
    total=st.integers(0, 80),
    quotas=st.lists(st.integers(0, 20), min_size=4, max_size=4),
    eligible=st.sets(st.integers(0, 60)),
)
def test_whom_a_list_was_not_offered_or_repeats_it_did_not_bring(
    lists: list[list[int]], total: int, quotas: list[int], eligible: set[int]
) -> None:
    plan = Plan.of("abcd"[: len(lists)], dict(zip("abcd", quotas, strict=True)), total)
    pool, brought = plan.pool([listed(keys) for keys in lists], np.array(sorted(eligible), np.int64))
    lawful = [dict.fromkeys(key for key in keys if key in eligible) for keys in lists]
    honest, _ = plan.pool([listed([*keys]) for keys in lawful], np.arange(61))
    assert brought == [len(keys) for keys in lawful]
    assert pool.eligible == len(eligible)
    assert pool.keys.tolist() == honest.keys.tolist()
    assert pool.ranks.tolist() == honest.ranks.tolist()
    assert pool.sure == honest.sure
    for row, key in enumerate(pool.keys.tolist()):
        for column, keys in enumerate(lists):
            own = listed(keys).scores[keys.index(key)] if key in keys else np.nan
            np.testing.assert_equal(pool.own[row, column], own)


@given(lists=LISTS, total=st.integers(1, 80), shares=st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_the_first_of_each_list_are_there_up_to_its_quota_whatever_the_others_bring(
    lists: list[list[int]], total: int, shares: list[float]
) -> None:
    found = [(f"s{place}", listed(keys)) for place, keys in enumerate(lists)]
    quotas = split_quotas({name: shares[place] for place, (name, _) in enumerate(found)}, total)
    pool = blend(found, quotas, total, eligible=61)
    for (name, _), keys in zip(found, lists, strict=True):
        assert pool.keys[pool.leading(name)].tolist() == keys[: quotas[name]]


def test_what_a_source_is_short_of_the_next_brings_and_after_the_last_the_first() -> None:
    one, few, many = listed(list(range(10))), listed([20]), listed(list(range(30, 40)))
    quotas = {"a": 2, "b": 4, "c": 2}
    middle = blend([("a", one), ("b", few), ("c", many)], quotas, 8, 61)
    assert sorted(middle.keys.tolist()) == [0, 1, 20, 30, 31, 32, 33, 34]
    last = blend([("a", one), ("c", many), ("b", few)], quotas, 8, 61)
    assert sorted(last.keys.tolist()) == [0, 1, 2, 3, 4, 20, 30, 31]


def test_of_a_source_that_is_not_there_nobody_leads() -> None:
    assert blend([("a", listed([1]))], {"a": 1}, 1, 1).leading("other").tolist() == []
