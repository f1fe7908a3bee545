"""The second stage: it finds what there is, survives odd columns, and is served by numpy as it was fitted."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from twofold.domain.errors import Damaged
from twofold.features.spec import VERSIONS
from twofold.models.artifact import JSON
from twofold.rankers.logistic import FARTHEST, LogisticParameters, LogisticRanker
from twofold.training.fitting import Examples, fit_ranker, measure

NAMES = VERSIONS["h1"].names


def examples(rows: int = 2_000, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    features = rng.normal([0.0, 3.0, 50.0, 400.0], [1.0, 2.0, 30.0, 100.0], (rows, 4)).astype(np.float32)
    odds = features[:, 0] - (features[:, 2] - 50) / 30
    return Examples(features, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8))


def test_served_probabilities_are_the_librarys() -> None:
    data = examples()
    ranker = LogisticRanker("m1", "h1", fit_ranker(data, NAMES))
    scaler = StandardScaler().fit(data.features.astype(np.float64))
    model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(
        scaler.transform(data.features.astype(np.float64)), data.labels
    )
    expected = model.predict_proba(scaler.transform(data.features.astype(np.float64)))[:, 1]
    np.testing.assert_allclose(ranker.predict(data.features), expected, atol=1e-5)
    assert ranker.calibrated
    assert (ranker.version, ranker.feature_version) == ("m1", "h1")


def test_it_learns_and_is_calibrated_on_rows_it_has_not_seen() -> None:
    fitted, held = examples(), examples(seed=1)
    figures = measure(fit_ranker(fitted, NAMES).ranker("m1", "h1"), fitted, held)
    assert figures["auc"] > 0.75
    assert figures["log_loss"] < figures["base_log_loss"] - 0.1
    assert figures["ece"] < 0.05
    assert figures["hold_out_rows"] == 2_000
    assert figures["hold_out_positives"] == held.positives


def test_an_unknown_feature_counts_as_the_average() -> None:
    data = examples()
    features = data.features.copy()
    features[::3, 1] = np.nan
    parameters = fit_ranker(Examples(features, data.labels), NAMES)
    assert parameters.mean[1] == pytest.approx(np.nanmean(features[:, 1]), rel=1e-5)
    ranker = LogisticRanker("m1", "h1", parameters)
    row = np.array(parameters.mean, np.float32)[None]
    unknown = row.copy()
    unknown[0, 1] = np.nan
    np.testing.assert_allclose(ranker.predict(unknown), ranker.predict(row), rtol=1e-5)
    assert ranker.contributions(unknown)[0, 1] == 0


def test_constant_and_wholly_unknown_columns_get_no_say() -> None:
    data = examples()
    features = data.features.copy()
    features[:, 1], features[:, 3] = 7, np.nan
    parameters = fit_ranker(Examples(features, data.labels), NAMES)
    assert parameters.coefficients[1] == parameters.coefficients[3] == 0
    ranker = LogisticRanker("m1", "h1", parameters)
    other = features[:5].copy()
    other[:, 3] = 12
    np.testing.assert_array_equal(ranker.predict(other), ranker.predict(features[:5]))


def test_contributions_add_up_to_the_log_odds() -> None:
    data = examples()
    ranker = LogisticRanker("m1", "h1", fit_ranker(data, NAMES))
    odds = ranker.contributions(data.features[:50]).sum(axis=1) + ranker.parameters.intercept
    np.testing.assert_allclose(1 / (1 + np.exp(-odds)), ranker.predict(data.features[:50]), rtol=1e-9)


def test_infinite_features_sink_and_huge_ones_do_not_overflow() -> None:
    ranker = LogisticRanker("m1", "h1", fit_ranker(examples(), NAMES))
    rows = np.array([[np.inf, 1, 1, 1], [-np.inf, 1, 1, 1], [1e30, 1, 1, 1], [1, 1, 1, 1]], np.float32)
    said = ranker.predict(rows)
    assert np.isnan(said[:2]).all()
    far = ranker.parameters.mean[0] + FARTHEST * ranker.parameters.scale[0]
    assert said[2] == pytest.approx(ranker.predict(np.array([[far, 1, 1, 1]], np.float32))[0], rel=1e-4)
    assert 0 < said[3] < 1
    assert ranker.predict(np.empty((0, 4), np.float32)).shape == (0,)


def test_parameters_survive_json_exactly() -> None:
    parameters = fit_ranker(examples(), NAMES)
    assert LogisticParameters.from_document(json.loads(json.dumps(parameters.to_document()))) == parameters


SOUND = LogisticParameters(NAMES, (0.0,) * 4, (1.0,) * 4, (0.5,) * 4, 0.1).to_document()
SPOILT: dict[str, JSON] = {
    "nothing": None,
    "list": [],
    "no names": {**SOUND, "names": []},
    "names that are none": {**SOUND, "names": [1, 2, 3, 4]},
    "short column": {**SOUND, "mean": [0.0]},
    "missing column": {name: value for name, value in SOUND.items() if name != "scale"},
    "infinite": {**SOUND, "coefficients": [0.0, math.inf, 0.0, 0.0]},
    "not a number": {**SOUND, "mean": [0.0, math.nan, 0.0, 0.0]},
    "text": {**SOUND, "mean": [0.0, "1", 0.0, 0.0]},
    "truth": {**SOUND, "mean": [0.0, True, 0.0, 0.0]},
    "no scale": {**SOUND, "scale": [1.0, 0.0, 1.0, 1.0]},
    "no intercept": {**SOUND, "intercept": None},
    "endless intercept": {**SOUND, "intercept": math.inf},
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_spoilt_parameters_are_refused(spoilt: str) -> None:
    with pytest.raises(Damaged, match="the ranker of the model"):
        LogisticParameters.from_document(SPOILT[spoilt])


def test_parameters_for_other_features_are_refused() -> None:
    with pytest.raises(Damaged, match="not for the features"):
        LogisticRanker("m1", "v1", LogisticParameters.from_document(SOUND))
