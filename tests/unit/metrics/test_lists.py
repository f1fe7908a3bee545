"""Figures about lists."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.metrics.lists import ndcg_at, recall_at

KEYS = st.lists(st.integers(0, 30), unique=True, max_size=20)


def test_recall_counts_against_what_could_be_found() -> None:
    assert recall_at([1, 2, 3], {3, 9}, k=2) == 0.0
    assert recall_at([3, 2], {3, 9, 10}, k=2) == 0.5
    assert math.isnan(recall_at([1], set(), k=2))


def test_ndcg_by_hand() -> None:
    assert ndcg_at([7, 4], {4}, k=2) == pytest.approx(0.6309, abs=1e-4)
    assert math.isnan(ndcg_at([1], set(), k=5))


@given(KEYS, st.sets(st.integers(0, 30), min_size=1), st.integers(1, 25))
def test_both_lie_between_nothing_and_all(ranked: list[int], relevant: set[int], k: int) -> None:
    assert 0 <= recall_at(ranked, relevant, k) <= 1
    assert 0 <= ndcg_at(ranked, relevant, k) <= 1 + 1e-9
    best = [*sorted(relevant), *(key for key in ranked if key not in relevant)]
    assert recall_at(best, relevant, k) == 1
    assert ndcg_at(best, relevant, k) == pytest.approx(1)
