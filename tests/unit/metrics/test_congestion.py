"""Which likes can be answered, against drawing them."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.metrics.congestion import answerable


def test_nobody_is_no_special_case() -> None:
    assert answerable([], []).tolist() == []


@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_it_is_the_share_of_draws_in_which_there_is_room(capacity: int) -> None:
    rng = np.random.default_rng(3)
    targets, likes = rng.integers(0, 4, 30), rng.random(30)
    liked = rng.random((20_000, 30)) < likes
    before = np.zeros(liked.shape, np.int64)
    for person in range(4):
        there = np.flatnonzero(targets == person)
        before[:, there] = np.cumsum(liked[:, there], axis=1) - liked[:, there]
    assert answerable(targets, likes, capacity) == pytest.approx((before < capacity).mean(axis=0), abs=0.02)


def test_with_room_for_all_everything_can_be_answered() -> None:
    assert answerable([1, 1, 1], [0.9, 0.9, 0.9], 3).tolist() == [1, 1, 1]


def test_no_rounding_makes_a_probability_more_than_one() -> None:
    rng = np.random.default_rng(0)
    assert all(answerable(np.zeros(19, np.int64), rng.random(19)).max() <= 1 for _ in range(300))
