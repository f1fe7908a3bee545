"""Figures about probabilities equal those of scikit-learn, and say NaN where there is nothing to say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from twofold.metrics.probability import auc, average_precision, ece, log_loss

# Few distinct scores, so that ties are common.
ROWS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0])), min_size=2, max_size=40)
BOTH = ROWS.filter(lambda rows: len({label for label, _ in rows}) == 2)


@given(BOTH)
def test_equal_to_the_reference_with_ties(rows: list[tuple[int, float]]) -> None:
    labels, scores = (list(column) for column in zip(*rows, strict=True))
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    assert average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores))
    inside = np.clip(scores, 0.01, 0.99)
    assert log_loss(labels, inside) == pytest.approx(reference_log_loss(labels, inside))


@given(BOTH)
def test_auc_turns_round_with_the_scores(rows: list[tuple[int, float]]) -> None:
    labels, scores = (np.array(column) for column in zip(*rows, strict=True))
    assert auc(labels, -scores) == pytest.approx(1 - auc(labels, scores))


def test_one_class_alone_has_no_auc() -> None:
    assert math.isnan(auc([1, 1], [0.2, 0.4]))
    assert math.isnan(auc([0, 0], [0.2, 0.4]))
    assert math.isnan(average_precision([0, 0], [0.2, 0.4]))


def test_a_certain_and_wrong_probability_costs_much_but_not_everything() -> None:
    assert 30 < log_loss([1], [0.0]) < 40


def test_ece_is_the_gap_between_said_and_seen() -> None:
    assert ece([0] * 10 + [1] * 10, [0.2] * 10 + [0.9] * 10, bins=2) == pytest.approx(0.15)
    assert ece([0, 1], [0.0, 1.0]) == 0.0
    assert math.isnan(ece([], []))


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        auc([1, 0], [0.5])
