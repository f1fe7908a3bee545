"""The heuristic of M12, point by point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.features.spec import VERSIONS
from twofold.rankers.heuristic import HeuristicRanker

RANKER = HeuristicRanker()


def score(bio: float, interests: float, recent: float, days: float) -> float:
    return float(RANKER.predict(np.array([[bio, interests, recent, days]], np.float32))[0])


def test_it_reads_the_columns_of_h1() -> None:
    assert VERSIONS[RANKER.feature_version].names == (
        "has_bio",
        "interests_count",
        "recent_activity_30d",
        "account_age_days",
    )
    assert not RANKER.calibrated


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((0, 0, 0, 400), 0.0),
        ((1, 0, 0, 400), 0.2),
        ((0, 1, 0, 400), 0.04),
        ((0, 5, 0, 400), 0.2),
        ((0, 9, 0, 400), 0.2),
        ((0, 0, 1, 400), 0.4),
        ((0, 0, 90, 400), 0.4),
        ((0, 0, 0, 0), 0.2),
        ((0, 0, 0, 15), 0.1),
        ((0, 0, 0, 30), 0.0),
        ((1, 5, 1, 0), 1.0),
    ],
)
def test_points(row: tuple[float, float, float, float], expected: float) -> None:
    assert score(*row) == pytest.approx(expected)


VALUES = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))


@given(st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), min_size=1))
def test_scores_stay_between_0_and_1_and_are_the_sum_of_what_moved_them(
    rows: list[tuple[float, float, float, float]],
) -> None:
    features = np.array(rows, np.float32)
    scores = RANKER.predict(features)
    assert ((scores >= 0) & (scores <= 1 + 1e-12)).all()
    assert np.allclose(RANKER.contributions(features).sum(axis=1), scores)
