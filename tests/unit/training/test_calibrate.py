"""Calibration: a line or steps, whichever is better; rising in any case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.candidate import Doubles
from twofold.metrics.probability import ece, log_loss
from twofold.models.calibration import Calibration
from twofold.training.calibrate import FEWEST_FOR_STEPS, fit_calibration, isotonic, platt


def logistic(odds: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-odds)))


def drawn(truth: Doubles, seed: int = 0) -> Doubles:
    return (np.random.default_rng(seed).random(len(truth)) < truth).astype(np.float64)


def odds(rows: int = 6_000, seed: int = 1) -> Doubles:
    return np.random.default_rng(seed).normal(0, 2, rows)


def fitted(said: Doubles, labels: Doubles) -> Calibration:
    return fit_calibration(said, labels, np.random.default_rng(0))


def test_a_ranker_that_is_too_sure_gets_a_line() -> None:
    truth = odds()
    found = fitted(logistic(3 * truth + 1), drawn(logistic(truth)))
    assert found.kind == "platt"
    assert found.slope == pytest.approx(1 / 3, rel=0.1)
    assert ece(drawn(logistic(truth), 5), found.apply(logistic(3 * truth + 1))) < 0.02


def test_steps_are_chosen_where_no_line_fits() -> None:
    """Half of what is said says nothing: likes jump from a tenth to nine tenths at one half."""
    said = np.random.default_rng(2).random(6_000)
    truth = np.where(said > 0.5, 0.9, 0.1)
    found = fitted(said, drawn(truth))
    assert found.kind == "isotonic"
    later = drawn(truth, 9)
    assert log_loss(later, found.apply(said)) < log_loss(later, platt(said, drawn(truth)).apply(said)) - 0.01
    assert ece(later, found.apply(said)) < 0.03


def test_a_few_rows_at_the_end_lift_nobody_else() -> None:
    """Three who were never liked are no fifth of a like; but if they were, nobody above them would have less."""
    said = np.concatenate([np.full(3, 0.01), np.full(2_000, 0.3), np.full(2_000, 0.7)])
    labels = np.concatenate([np.zeros(3), np.arange(2_000) % 10 == 0, np.arange(2_000) % 10 > 0]).astype(np.float64)
    found = isotonic(said, labels)
    assert found.apply(np.array([0.3, 0.7])) == pytest.approx([0.1, 0.9], abs=0.002)
    assert 0 < found.apply(np.array([0.01]))[0] <= 0.101


def test_of_few_rows_no_steps_are_made() -> None:
    said = np.random.default_rng(2).random(FEWEST_FOR_STEPS - 1)
    assert fitted(said, drawn(np.where(said > 0.5, 0.9, 0.1))).kind == "platt"


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("rows", [0, 1, 50, 3_000])
def test_one_class_alone_changes_nothing(label: float, rows: int) -> None:
    said = np.random.default_rng(3).random(rows)
    found = fitted(said, np.full(rows, label))
    assert found.kind == "none"
    np.testing.assert_array_equal(found.apply(said), said)


def test_a_ranker_worth_nothing_says_nearly_the_average_and_still_orders() -> None:
    said = logistic(odds())
    found = platt(said, drawn(np.full(len(said), 0.3)))
    after = found.apply(said)
    assert after.mean() == pytest.approx(0.3, abs=0.03)
    assert np.ptp(after) < 0.4
    assert (np.argsort(after) == np.argsort(said)).all()


def test_a_ranker_that_is_the_wrong_way_round_is_not_turned() -> None:
    truth = odds()
    assert fitted(logistic(-truth), drawn(logistic(truth))).slope > 0


def test_probabilities_of_0_and_1_are_no_trouble() -> None:
    said = np.array([0.0, 1.0] * 600)
    for fit in (platt, isotonic):
        after = fit(said, drawn(np.where(said > 0.5, 0.8, 0.2))).apply(said)
        assert ((after > 0) & (after < 1)).all()
        assert after[0] < 0.5 < after[1]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60),
    st.lists(st.floats(0, 1), min_size=2, max_size=20),
)
def test_it_rises_whatever_it_was_fitted_on(rows: list[tuple[float, bool]], asked: list[float]) -> None:
    said, labels = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    asked_for = np.sort(np.array(asked))
    for fit in (platt, isotonic):
        if 0 < labels.sum() < len(labels):
            after = fit(said, labels).apply(asked_for)
            assert (np.diff(after) >= -1e-12).all()
            assert ((after >= 0) & (after <= 1)).all()


def test_equal_chance_gives_equal_calibrations() -> None:
    said = logistic(odds())
    labels = drawn(said)
    assert fitted(said, labels) == fitted(said, labels)
