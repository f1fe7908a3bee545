"""What served saw is what the log gives again: lists of a living town, two processes, all kinds of model.

Between the lists people like and decline, now, on the very moment, a little ahead and days late; change their profiles;
move in; and look again at lists that were made before.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integration.audit.conftest import Settle
from twofold.domain.model import ModelType
from twofold.rankers.heuristic import HeuristicRanker
from twofold.services.audit import FeatureAudit


def told(audit: FeatureAudit) -> list[tuple[str, str, int, float]]:
    """Which features differ, for the message of a failure."""
    return [
        (each.model, figures.name, figures.differ, figures.largest)
        for each in audit.models
        for figures in each.figures
        if figures.differ
    ]


@pytest.mark.parametrize(
    ("features", "ranker", "discreet", "seed"),
    [
        ("v1", ModelType.LOGISTIC, False, 3),
        ("v2", ModelType.LOGISTIC, False, 2),
        ("v2", ModelType.LOGISTIC, True, 3),
        pytest.param(
            *("v2", ModelType.GBDT, False, 4),
            marks=pytest.mark.skipif(find_spec("lightgbm") is None, reason="the extra gbdt is not installed"),
        ),
        (None, ModelType.LOGISTIC, False, 3),
    ],
)
def test_nothing_differs(living: Settle, features: str | None, ranker: ModelType, discreet: bool, seed: int) -> None:
    town = living(seed=seed, discreet=discreet)
    version = town.learn(features, ranker) if features else HeuristicRanker.version
    town.open()
    town.live(200)
    audit = town.audit()
    assert told(audit) == []
    assert (audit.differ, audit.touched, dict(audit.skipped)) == (0, 0, {})
    assert [each.model for each in audit.models] == [version]
    assert audit.rows == audit.looked_at > 500
