"""The index finds exactly the best of the eligible, whichever way it takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.models import index as module
from twofold.models.index import Rows, VectorIndex


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("block", [7, 10_000], ids=["blocks", "one block"])
def test_equal_to_sorting_everyone(block: int, kind: type[np.floating[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(500, 16)).astype(kind)
    has = rng.random(500) < 0.8
    index = VectorIndex(matrix, has)
    for k in (1, 7, 60):
        eligible = np.sort(rng.choice(600, 200, replace=False)).astype(np.int64)
        query = rng.normal(size=16).astype(np.float32)
        keys, scores = index.search(query, eligible, k)
        allowed = [key for key in eligible.tolist() if key < 500 and has[key]]
        expected = sorted(allowed, key=lambda key: -float(matrix[key].astype(np.float32) @ query))[:k]
        assert keys.tolist() == expected
        np.testing.assert_allclose(scores, matrix[keys].astype(np.float32) @ query, rtol=1e-5, atol=1e-5)


@given(st.lists(st.integers(0, 20), unique=True).map(sorted), st.integers(0, 25))
def test_only_eligible_and_never_more_than_asked(eligible: list[int], k: int) -> None:
    matrix = np.arange(30, dtype=np.float32).reshape(15, 2)
    index = VectorIndex(matrix, np.arange(15) % 3 > 0)
    keys, scores = index.search(np.array([1, -1], np.float32), np.array(eligible, np.int64), k)
    usable = {key for key in eligible if key < 15 and key % 3}
    assert set(keys.tolist()) <= usable
    assert len(keys) == len(scores) == min(k, len(usable))
    assert keys.tolist() == sorted(keys.tolist())  # all products are equal here: ties go by key


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("tail", [0.0, 0.5, 1.5], ids=["of one length", "of like lengths", "heavy tail"])
@given(st.integers(0, 10_000), st.integers(1, 40), st.booleans())
def test_of_many_none_is_passed_over_who_is_among_the_best(
    kind: type[np.floating[Any]], tail: float, seed: int, k: int, turned: bool
) -> None:
    """Whether lengths tell much or nothing, and whether the products are above 0 or all below."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(300, 6)) + 1.5
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    matrix = (directions * np.exp(tail * rng.normal(size=(300, 1)))).astype(kind)
    query = rng.normal(size=6).astype(np.float32) + np.float32(-1.5 if turned else 1.5)
    eligible = np.sort(rng.choice(300, 200, replace=False)).astype(np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LEADERS", 5)
        whole = VectorIndex(matrix, np.ones(300, bool)).search(query, eligible, k)
        patch.setattr(module, "MANY", 20)
        found = VectorIndex(matrix, np.ones(300, bool)).search(query, eligible, k)
    assert set(found[0].tolist()) <= set(eligible.tolist())
    np.testing.assert_allclose(found[1], whole[1], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found[1], matrix[found[0]].astype(np.float32) @ query, rtol=1e-5, atol=1e-5)


@given(st.lists(st.floats(0, 100, width=32), min_size=1, max_size=60), st.integers(1, 60))
def test_the_longest_are_parted_from_the_others(lengths: list[float], wanted: int) -> None:
    keys, column = np.arange(len(lengths)), np.array(lengths, np.float32)
    first, others = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    count = module.parted(keys, column, wanted, first, others)
    long, short = first[:count], others[: len(keys) - count]
    assert sorted([*long.tolist(), *short.tolist()]) == keys.tolist()
    assert count >= min(wanted, len(keys))
    assert column[long].min() >= column[short].max(initial=0.0)


def test_a_query_that_is_not_finite_finds_nobody() -> None:
    index = VectorIndex(np.ones((3, 2), np.float32), np.ones(3, bool))
    keys, _ = index.search(np.array([np.nan, 1], np.float32), np.arange(3), 2)
    assert not len(keys)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6), st.integers(1, 50), st.booleans())
def test_spans_are_their_rows_one_by_one(pairs: list[tuple[int, int]], k: int, half: bool) -> None:
    ends = sorted({end for pair in pairs for end in pair})
    spans = [*zip(ends[::2], ends[1::2], strict=False)]
    rng = np.random.default_rng(len(ends))
    rows = Rows(rng.normal(size=(40, 4)).astype(np.float16 if half else np.float32))
    labels, query = rng.permutation(1_000)[:40].astype(np.int32), rng.normal(size=4).astype(np.float32)
    inside = np.array([row for low, high in spans for row in range(low, high)], np.int64)
    one_by_one = rows.best(query, inside, k, labels[inside].astype(np.int64))
    found = rows.best_of_spans(query, spans, k, labels)
    assert found[0].tolist() == one_by_one[0].tolist()
    np.testing.assert_allclose(found[1], one_by_one[1], rtol=1e-6)


def test_searches_side_by_side_do_not_mix_their_queries() -> None:
    rng = np.random.default_rng(5)
    index = VectorIndex(rng.normal(size=(30_000, 8)).astype(np.float16), np.ones(30_000, bool))
    queries, everyone = rng.normal(size=(40, 8)).astype(np.float32), np.arange(30_000)
    alone = [index.search(query, everyone, 10)[0].tolist() for query in queries]
    with ThreadPoolExecutor(8) as pool:
        together = [*pool.map(lambda query: index.search(query, everyone, 10)[0].tolist(), queries)]
    assert together == alone
