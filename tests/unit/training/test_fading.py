"""How fast a like fades is chosen by what people liked later."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.time import MICROS_PER_DAY
from twofold.population.popularity import HALF_LIVES
from twofold.training.course import Course
from twofold.training.decisions import Decisions
from twofold.training.fading import choose_half_life

PEOPLE = 200
COURSE = Course(seed=0, threads=1, progress=lambda *_: None)


def decisions(fashion_days: int, steady: int, days: int) -> Decisions:
    """Each day four of forty people like five: some of thirty always liked, the others of whoever is in fashion."""
    rng, rows = np.random.default_rng(0), []
    for day in range(days):
        fashion = np.random.default_rng(day // fashion_days).choice(130, 30, replace=False) + 70
        for viewer in rng.choice(40, 4, replace=False).tolist():
            liked = np.concatenate([40 + rng.choice(30, steady, replace=False), rng.choice(fashion, 5 - steady, False)])
            rows += [(day, viewer, target) for target in liked.tolist()]
    when, actor, target = np.array(rows, np.int64).reshape(-1, 3).T
    ones = np.ones(len(rows), np.int8)
    return Decisions(actor, target, ones, ones.astype(np.float32), when * MICROS_PER_DAY + np.arange(len(rows)))


def test_where_fashion_changes_fast_likes_fade_fast() -> None:
    fast, found = choose_half_life(COURSE, decisions(fashion_days=30, steady=0, days=122), PEOPLE)
    slow, _ = choose_half_life(COURSE, decisions(fashion_days=1, steady=2, days=122), PEOPLE)
    assert fast == 7
    assert slow == 120
    assert found["popular_half_life_days"] == fast
    assert 0 < found["popular_recall_at_20"] <= 1


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_with_little_to_measure_by_it_is_a_month(rows: int) -> None:
    some = decisions(fashion_days=4, steady=0, days=10).take(slice(0, rows))
    assert choose_half_life(COURSE, some, PEOPLE) == (30, {"popular_half_life_days": 30})
    assert HALF_LIVES[0] == 30


def test_at_one_moment_it_is_a_month() -> None:
    rows = decisions(fashion_days=30, steady=0, days=122)
    rows.at[:] = 5
    assert choose_half_life(COURSE, rows, PEOPLE)[0] == 30
