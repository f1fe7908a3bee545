"""The promotion rule: a measured gain and no harm, and a clear sentence wherever nothing can be measured."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.candidate import Doubles
from twofold.domain.errors import Damaged
from twofold.evaluation.promotion import Check, Measured, Verdict, judge

VIEWERS, EACH, PEOPLE = 60, 40, 50
ROWS = VIEWERS * EACH


def logit(p: Doubles) -> Doubles:
    return np.asarray(np.log(p / (1 - p)), np.float64)


def sigmoid(x: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-x)), np.float64)


TRUTH = np.random.default_rng(1).beta(2, 2, ROWS)
LABELS = (np.random.default_rng(2).random(ROWS) < TRUTH).astype(float)
# Calibrated, but blunt: it says the average of everybody.
BLUNT = np.full(ROWS, LABELS.mean())


def measured(probabilities: Doubles = BLUNT, **changed: Any) -> Measured:
    fields: dict[str, Any] = {
        "labels": LABELS,
        "probabilities": probabilities,
        "viewers": np.repeat(np.arange(VIEWERS), EACH),
        "cold": np.arange(ROWS) % 5 == 0,
        "list_viewers": np.arange(VIEWERS),
        "mutual_ndcg": np.where(np.arange(VIEWERS) % 3 == 0, np.nan, 0.4),
        "exposure": np.arange(PEOPLE),
    }
    return Measured(**fields | changed)


def verdict_on(challenger: Measured, champion: Measured | None = None) -> Verdict:
    return judge(champion or measured(), challenger, np.random.default_rng(0))


def check_of(verdict: Verdict, name: str) -> Check:
    return next(check for check in verdict.checks if check.name == name)


def test_a_better_model_is_promoted_and_says_by_how_much() -> None:
    verdict = verdict_on(measured(TRUTH))
    assert verdict.passed
    assert verdict.failed == ()
    assert [check.name for check in verdict.checks] == ["log_loss", "mutual_ndcg", "ece", "gini", "cold_log_loss"]
    gain = check_of(verdict, "log_loss")
    assert gain.figure is not None
    assert gain.figure < 0
    assert "95 % interval" in gain.said
    assert f"{gain.figure:+.4f}" in gain.said


def test_the_same_again_is_no_gain() -> None:
    verdict = verdict_on(measured())
    assert [check.name for check in verdict.failed] == ["log_loss"]
    assert "no measured gain" in verdict.failed[0].said
    assert "+0.0000 (95 % interval +0.0000 to +0.0000)" in verdict.failed[0].said


def test_a_gain_that_may_be_chance_is_none() -> None:
    noise = np.random.default_rng(3).normal(0, 0.02, ROWS)
    verdict = verdict_on(measured(sigmoid(logit(BLUNT) + noise)))
    assert not check_of(verdict, "log_loss").passed
    assert check_of(verdict, "cold_log_loss").passed, "noise is no harm either"


@pytest.mark.parametrize(("factor", "passed"), [(1.5, True), (1.0, True), (0.991, True), (0.99, True), (0.989, False)])
def test_lists_may_lose_one_percent(factor: float, passed: bool) -> None:
    found = check_of(verdict_on(measured(TRUTH, mutual_ndcg=measured().mutual_ndcg * factor)), "mutual_ndcg")
    assert found.passed is passed
    assert f"{0.4 * factor:.4f} against the champion's 0.4000 over 40 people" in found.said


def test_without_a_mutual_match_lists_cannot_be_held_against_it() -> None:
    nobody = np.full(VIEWERS, np.nan)
    verdict = verdict_on(measured(TRUTH, mutual_ndcg=nobody), measured(mutual_ndcg=nobody))
    assert verdict.passed
    assert "not measurable" in check_of(verdict, "mutual_ndcg").said


def test_a_champion_that_finds_nobody_cannot_be_fallen_below() -> None:
    zero = np.zeros(VIEWERS)
    assert check_of(verdict_on(measured(TRUTH, mutual_ndcg=zero), measured(mutual_ndcg=zero)), "mutual_ndcg").passed


def test_too_sure_fails_on_calibration_alone() -> None:
    sure = sigmoid(1.6 * logit(TRUTH))
    verdict = verdict_on(measured(sure))
    assert [check.name for check in verdict.failed] == ["ece"]
    assert "perfectly calibrated" in verdict.failed[0].said


def test_on_few_rows_chance_is_no_miscalibration() -> None:
    """60 rows give even the truth an ECE above 0.03."""
    few = slice(None, None, EACH)
    one = measured(TRUTH[few], labels=LABELS[few], viewers=np.arange(VIEWERS), cold=np.zeros(VIEWERS, bool))
    found = check_of(verdict_on(one, replace(one, probabilities=BLUNT[few])), "ece")
    assert found.passed
    assert found.figure is not None
    assert found.limit is not None
    assert 0.03 < found.figure < found.limit


@pytest.mark.parametrize(("rise", "passed"), [(0.019, True), (0.0201, False)])
def test_exposure_may_get_a_little_less_even(rise: float, passed: bool) -> None:
    """Of two people shown k and n - k times the Gini coefficient is (n - 2 k) / (2 n)."""
    total = 1_000_000
    even, less = (np.array([total // 2 - shift, total // 2 + shift]) for shift in (0, round(rise * total)))
    found = check_of(verdict_on(measured(TRUTH, exposure=less), measured(exposure=even)), "gini")
    assert found.passed is passed
    assert found.figure == pytest.approx(rise)


def test_lists_that_show_nobody() -> None:
    nobody = measured(TRUTH, exposure=np.zeros(PEOPLE, int))
    assert "challenger's lists show nobody" in check_of(verdict_on(nobody), "gini").said
    assert not check_of(verdict_on(nobody), "gini").passed
    assert check_of(verdict_on(nobody, replace(measured(), exposure=nobody.exposure)), "gini").passed


def test_harm_to_the_cold_alone_is_seen() -> None:
    cold = measured().cold
    verdict = verdict_on(measured(np.where(cold, sigmoid(-0.4 * logit(TRUTH)), TRUTH)))
    failed = check_of(verdict, "cold_log_loss")
    assert not failed.passed
    assert "must not lie above 0" in failed.said
    assert check_of(verdict, "log_loss").passed, "all rows together are better"


def test_few_cold_decisions_tell_nothing() -> None:
    one = np.zeros(ROWS, bool)
    assert "there are none" in check_of(verdict_on(measured(TRUTH, cold=one), measured(cold=one)), "cold_log_loss").said
    one = np.arange(ROWS) < EACH * 3
    bad = measured(np.where(one, 1 - TRUTH, TRUTH), cold=one)
    found = check_of(verdict_on(bad, measured(cold=one)), "cold_log_loss")
    assert found.passed
    assert "only 3 people" in found.said


@pytest.mark.parametrize("strange", [np.nan, np.inf, -0.01, 1.01])
def test_predictions_that_are_no_probabilities_never_pass(strange: float) -> None:
    spoilt = TRUTH.copy()
    spoilt[7] = strange
    verdict = verdict_on(measured(spoilt))
    assert {check.name for check in verdict.failed} == {"log_loss", "ece", "cold_log_loss"}
    assert "1 of the challenger's 2400 predictions" in verdict.failed[0].said
    assert "champion's" in check_of(verdict_on(measured(TRUTH), measured(spoilt)), "log_loss").said


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_decisions_that_are_all_alike_tell_nothing(answer: float) -> None:
    labels = np.full(ROWS, answer)
    sure = measured(np.full(ROWS, answer), labels=labels)
    verdict = verdict_on(sure, measured(labels=labels))
    assert "all held-out decisions are alike" in check_of(verdict, "log_loss").said
    assert not verdict.passed


def test_no_rows_and_no_lists() -> None:
    none = np.empty(0)
    empty = measured(
        none, labels=none, viewers=none.astype(int), cold=none.astype(bool), list_viewers=none, mutual_ndcg=none
    )
    verdict = verdict_on(replace(empty, exposure=none.astype(int)), replace(empty, exposure=none.astype(int)))
    assert {check.name for check in verdict.failed} == {"log_loss", "ece"}
    assert "there are no held-out decisions" in verdict.failed[0].said
    json.dumps(verdict.to_document(), allow_nan=False)


def test_one_persons_decisions_are_not_enough() -> None:
    one = np.zeros(ROWS, int)
    verdict = verdict_on(measured(TRUTH, viewers=one), measured(viewers=one))
    assert "only 1 people decided" in check_of(verdict, "log_loss").said


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), min_size=8, max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_whatever_was_measured_the_verdict_is_json_and_repeats(said: list[float], liked: list[bool]) -> None:
    labels, probabilities = np.tile(np.array(liked, float), 300), np.tile(np.array(said), 300)
    challenger = measured(probabilities, labels=labels)
    verdict = verdict_on(challenger, measured(labels=labels))
    again = json.loads(json.dumps(verdict.to_document(), allow_nan=False))
    assert Verdict.from_document(again).to_document() == verdict.to_document()
    assert verdict == verdict_on(challenger, measured(labels=labels))
    assert verdict.passed == again["passed"] == (not verdict.failed)
    assert not verdict_on(challenger, challenger).passed, "nothing is better than itself"
    assert all(check.said and "nan" not in check.said for check in verdict.checks)


@settings(max_examples=4, deadline=None)
@given(st.permutations(range(VIEWERS)))
def test_the_order_of_viewers_changes_no_figure(order: list[int]) -> None:
    rows = np.concatenate([np.arange(viewer * EACH, (viewer + 1) * EACH) for viewer in order])
    turned = [
        measured(side[rows], labels=LABELS[rows], viewers=measured().viewers[rows], cold=measured().cold[rows])
        for side in (BLUNT, TRUTH)
    ]
    one, other = verdict_on(measured(TRUTH)), verdict_on(turned[1], turned[0])
    assert other.passed == one.passed
    assert check_of(other, "log_loss").figure == pytest.approx(check_of(one, "log_loss").figure)


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": 1 - LABELS},
        {"viewers": np.arange(ROWS)},
        {"cold": np.ones(ROWS, bool)},
        {"list_viewers": np.arange(VIEWERS) + 1},
        {"mutual_ndcg": np.full(VIEWERS, 0.4)},
        {"exposure": np.ones(PEOPLE + 1, int)},
    ],
)
def test_sides_that_were_measured_on_something_else_are_a_mistake(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="same rows and lists"):
        verdict_on(measured(**changed))


def test_columns_of_unequal_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="equally long"):
        measured(np.ones(3))


@pytest.mark.parametrize("document", [None, [], {"checks": [{"name": "gini"}]}, {"passed": True}, {"checks": 3}])
def test_a_stored_verdict_that_is_none_is_damaged(document: object) -> None:
    with pytest.raises(Damaged, match="models compare"):
        Verdict.from_document(document)
