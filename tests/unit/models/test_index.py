"""The index finds exactly the best of the eligible, whichever way it takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.models import index as module
from twofold.models.index import VectorIndex


@pytest.mark.parametrize("gather", [0, 10_000], ids=["bitmap", "gather"])
def test_equal_to_sorting_everyone(gather: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_AT_MOST", gather)
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(500, 16)).astype(np.float32)
    has = rng.random(500) < 0.8
    index = VectorIndex.build(matrix, has)
    for k in (1, 7, 60):
        eligible = np.sort(rng.choice(600, 200, replace=False)).astype(np.int64)
        query = rng.normal(size=16).astype(np.float32)
        keys, scores = index.search(query, eligible, k)
        allowed = [key for key in eligible.tolist() if key < 500 and has[key]]
        expected = sorted(allowed, key=lambda key: -float(matrix[key] @ query))[:k]
        assert keys.tolist() == expected
        np.testing.assert_allclose(scores, matrix[keys] @ query, rtol=1e-5, atol=1e-5)


def test_cells_find_the_same_to_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_AT_MOST", 0)
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(800, 16)).astype(np.float32)
    has = rng.random(800) < 0.8
    index = VectorIndex.build(matrix, has, rng.integers(0, 12, 800).astype(np.int32))
    exact = VectorIndex.build(matrix, has)
    for k in (1, 7, 60):
        eligible = np.sort(rng.choice(900, 300, replace=False)).astype(np.int64)
        query = rng.normal(size=16).astype(np.float32)
        keys, scores = index.search(query, eligible, k)
        _, best = exact.search(query, eligible, k)
        assert set(keys.tolist()) <= set(eligible.tolist())
        assert has[keys].all()
        np.testing.assert_allclose(scores, matrix[keys] @ query, atol=0.02)
        np.testing.assert_allclose(scores, best, atol=0.02)


@given(st.lists(st.integers(0, 20), unique=True).map(sorted), st.integers(0, 25))
def test_only_eligible_and_never_more_than_asked(eligible: list[int], k: int) -> None:
    matrix = np.arange(30, dtype=np.float32).reshape(15, 2)
    index = VectorIndex.build(matrix, np.arange(15) % 3 > 0)
    keys, scores = index.search(np.array([1, -1], np.float32), np.array(eligible, np.int64), k)
    usable = {key for key in eligible if key < 15 and key % 3}
    assert set(keys.tolist()) <= usable
    assert len(keys) == len(scores) == min(k, len(usable))
    assert keys.tolist() == sorted(keys.tolist())  # all products are equal here: ties go by key


def test_a_query_that_is_not_finite_finds_nobody() -> None:
    index = VectorIndex.build(np.ones((3, 2), np.float32), np.ones(3, bool))
    keys, _ = index.search(np.array([np.nan, 1], np.float32), np.arange(3), 2)
    assert not len(keys)
