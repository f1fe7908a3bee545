"""Fitting trees: they learn what a straight line cannot, stop in time, and come out the same twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import twofold.training.trees as training
from twofold.features.spec import VERSIONS
from twofold.metrics.probability import auc, log_loss
from twofold.rankers.gbdt import GOLDEN_FEATURES, GOLDEN_SCORES, GbdtParameters, GbdtRanker
from twofold.rankers.logistic import LogisticRanker
from twofold.training.fitting import Examples, fit_ranker
from twofold.training.trees import GOLDEN_ROWS, ROUNDS, fit_trees, golden_rows

NAMES = VERSIONS["h1"].names


def examples(rows: int = 3_000, seed: int = 0) -> Examples:
    """Likes depend on two features having the same sign, which no sum of features can say."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 4)).astype(np.float32)
    odds = 2.5 * np.sign(features[:, 0] * features[:, 1])
    return Examples(features, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8))


@pytest.fixture(scope="module")
def trees() -> GbdtParameters:
    """Fitted on `examples`."""
    return fit_trees(examples(), NAMES, examples(seed=1), seed=0)


def rounds(trees: GbdtParameters) -> int:
    return trees.text.count("\nTree=")


def test_they_learn_what_a_straight_line_cannot(trees: GbdtParameters) -> None:
    later = examples(seed=2)
    straight = LogisticRanker("m1", "h1", fit_ranker(examples(), NAMES)).predict(later.features)
    said = GbdtRanker("m1", "h1", trees).predict(later.features)
    assert auc(later.labels, straight) < 0.6
    assert auc(later.labels, said) > 0.85
    assert log_loss(later.labels, said) < log_loss(later.labels, straight) - 0.2


def test_they_stop_when_later_rows_get_no_better(trees: GbdtParameters) -> None:
    assert 5 < rounds(trees) < ROUNDS
    noise = replace(examples(seed=1), labels=np.random.default_rng(3).integers(0, 2, 3_000).astype(np.int8))
    assert rounds(fit_trees(noise, NAMES, examples(seed=4), seed=0)) < 5


def test_the_result_is_the_same_twice(trees: GbdtParameters) -> None:
    assert fit_trees(examples(), NAMES, examples(seed=1), seed=0) == trees


def test_the_result_is_the_same_with_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "ROUNDS", 10)  # threads wait for each other at every step, long on a busy machine
    one, two = (fit_trees(examples(), NAMES, examples(seed=1), seed=0, threads=threads) for threads in (1, 2))
    assert rounds(two) == 10
    rows = examples(seed=2).features
    np.testing.assert_array_equal(GbdtRanker("m1", "h1", one).predict(rows), GbdtRanker("m1", "h1", two).predict(rows))


def test_constant_and_wholly_unknown_columns_are_no_error() -> None:
    rows = examples()
    features = rows.features.copy()
    features[:, 0], features[:, 1:] = 7, np.nan
    fitted = fit_trees(replace(rows, features=features), NAMES, rows, seed=0)
    said = GbdtRanker("m1", "h1", fitted).predict(examples(seed=2).features)
    np.testing.assert_allclose(said, rows.positives / len(rows), atol=1e-3)
    assert fitted.typical == (7.0, None, None, None)
    assert np.isnan(golden_rows(fitted, "h1", features, 0)[GOLDEN_FEATURES][:, 1:]).all()


def test_golden_rows_are_nobodys_and_go_into_many_leaves(trees: GbdtParameters) -> None:
    features = examples().features
    golden = golden_rows(trees, "h1", features, seed=0)
    rows, scores = golden[GOLDEN_FEATURES], golden[GOLDEN_SCORES]
    assert (rows.shape, scores.shape) == ((GOLDEN_ROWS, 4), (GOLDEN_ROWS,))
    assert (rows.dtype.name, scores.dtype.name) == ("float32", "float64")
    assert np.isnan(rows[-1]).all()
    people = {row.tobytes() for row in features}
    assert not any(row.tobytes() in people for row in rows)
    assert len(np.unique(scores)) > GOLDEN_ROWS / 2
    np.testing.assert_array_equal(golden_rows(trees, "h1", features, seed=0)[GOLDEN_FEATURES], rows)
