"""Figures about probabilities equal those of scikit-learn, and say NaN where there is nothing to say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from twofold.metrics.probability import auc, average_precision, ece, ece_of_perfect, log_loss, log_losses

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


@given(ROWS)
def test_losses_of_rows_have_the_loss_as_their_mean(rows: list[tuple[int, float]]) -> None:
    labels, scores = zip(*rows, strict=True)
    losses = log_losses(labels, scores)
    assert len(losses) == len(rows)
    assert losses.mean() == pytest.approx(log_loss(labels, scores))


def test_a_perfect_model_stays_below_its_quantile_as_often_as_that_says() -> None:
    rng = np.random.default_rng(0)
    said = rng.beta(2, 3, 800)
    limit = ece_of_perfect(said, 0.9, rng)
    below = [ece((rng.random(800) < said).astype(float), said) < limit for _ in range(200)]
    assert 0.8 < np.mean(below) < 0.97


def test_a_perfect_model_is_worse_on_fewer_rows_and_the_figure_repeats() -> None:
    many, few = np.full(10_000, 0.4), np.full(100, 0.4)
    seeded = [ece_of_perfect(each, 0.95, np.random.default_rng(3)) for each in (many, few, many)]
    assert seeded[0] < seeded[1] / 5
    assert seeded[0] == seeded[2]


def test_a_perfect_model_that_is_certain_is_never_off() -> None:
    assert ece_of_perfect([0.0, 1.0, 1.0], 0.95, np.random.default_rng(0)) == 0.0
    assert 0 < ece_of_perfect([0.5], 0.95, np.random.default_rng(0)) <= 0.5
    assert math.isnan(ece_of_perfect([], 0.95, np.random.default_rng(0)))
