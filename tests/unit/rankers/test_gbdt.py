"""Served trees say what LightGBM says; what is damaged is refused before LightGBM sees it, or by the golden rows."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from twofold.domain.errors import Damaged, Refused
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.features.spec import VERSIONS
from twofold.models.artifact import JSON, Array, Artifact, read_artifact, write_artifact
from twofold.models.loaded import LoadedModel
from twofold.rankers import gbdt
from twofold.rankers.gbdt import GOLDEN_FEATURES, GOLDEN_SCORES, GbdtParameters, GbdtRanker
from twofold.training.fitting import Examples
from twofold.training.trees import fit_trees, golden_rows

NAMES = VERSIONS["h1"].names


def examples(rows: int = 600, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    features = rng.normal([0.0, 3.0, 50.0, 400.0], [1.0, 2.0, 30.0, 100.0], (rows, 4)).astype(np.float32)
    features[::7, 1] = np.nan
    odds = features[:, 0] * np.sign(features[:, 2] - 50)
    return Examples(features, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8))


ROWS = examples(seed=2).features
TREES = fit_trees(examples(), NAMES, examples(seed=1), seed=0)
GOLDEN = golden_rows(TREES, "h1", examples().features, seed=0)


def write(root: Path, trees: GbdtParameters = TREES, arrays: dict[str, Array] = GOLDEN) -> str:
    return write_artifact(root, "m1", arrays, {"ranker": trees.to_document()})


def model(artifact: Artifact, feature_version: str | None = "h1", feature_hash: str | None = None) -> LoadedModel:
    record = ModelRecord(
        version="m0001",
        type=ModelType.GBDT,
        artifact="m1",
        digest="",
        created_at=Micros(0),
        log_position=0,
        as_of=Micros(0),
        feature_version=feature_version,
        feature_hash=feature_hash,
    )
    return LoadedModel.build(record, artifact)


def artifact_of(document: JSON, arrays: dict[str, Array] = GOLDEN) -> Artifact:
    return Artifact(arrays, {"ranker": document})


def test_probabilities_are_the_librarys() -> None:
    ranker = GbdtRanker("m1", "h1", TREES)
    expected = lightgbm.Booster(model_str=TREES.text).predict(ROWS)
    np.testing.assert_allclose(ranker.predict(ROWS), np.asarray(expected), rtol=1e-12)
    assert ranker.calibrated
    assert (ranker.version, ranker.feature_version) == ("m1", "h1")


def test_an_artifact_gives_the_same_ranker_back(tmp_path: Path) -> None:
    trees = replace(TREES, slope=0.5, shift=-0.25)
    digest = write(tmp_path, trees, golden_rows(trees, "h1", ROWS, seed=0))
    ranker = GbdtRanker.from_model(model(read_artifact(tmp_path, "m1", digest), feature_hash=VERSIONS["h1"].hash))
    assert isinstance(ranker, GbdtRanker)
    assert ranker.parameters == trees
    assert (ranker.version, ranker.feature_version) == ("m0001", "h1")
    np.testing.assert_array_equal(ranker.predict(ROWS), GbdtRanker("m1", "h1", trees).predict(ROWS))


def test_contributions_add_up_to_the_log_odds_with_slope_and_shift() -> None:
    ranker = GbdtRanker("m1", "h1", replace(TREES, slope=0.5, shift=2.0))
    odds = np.log(ranker.predict(ROWS) / (1 - ranker.predict(ROWS)))
    left = odds - ranker.contributions(ROWS).sum(axis=1)
    np.testing.assert_allclose(left, left[0], atol=1e-9)
    whole = GbdtRanker("m1", "h1", TREES)
    np.testing.assert_allclose(ranker.contributions(ROWS), whole.contributions(ROWS) / 2, atol=1e-12)


def test_an_unknown_feature_counts_as_the_middle_where_training_knew_all() -> None:
    ranker = GbdtRanker("m1", "h1", TREES)
    assert [value is None for value in TREES.typical] == [False, True, False, False]
    unknown, middle, learnt = ROWS[:50].copy(), ROWS[:50].copy(), ROWS[:50].copy()
    unknown[:, 0], middle[:, 0] = np.nan, TREES.typical[0]
    np.testing.assert_array_equal(ranker.predict(unknown), ranker.predict(middle))
    learnt[:, 1] = np.nan
    expected = np.asarray(lightgbm.Booster(model_str=TREES.text).predict(learnt))
    np.testing.assert_allclose(ranker.predict(learnt), expected, rtol=1e-12)


def test_infinite_features_sink_and_huge_ones_are_the_farthest_seen() -> None:
    ranker = GbdtRanker("m1", "h1", TREES)
    rows = np.array([[np.inf, 1, 1, 1], [1, 1, -np.inf, 1], [1e30, 1, 1, 1], [90, 1, 1, 1]], np.float32)
    said = ranker.predict(rows)
    assert np.isnan(said[:2]).all()
    assert said[2] == said[3]
    assert np.isfinite(ranker.contributions(rows)).all()
    assert ranker.predict(rows[:0]).shape == (0,)


def cut(line: str) -> str:
    """The trees with one line of their header or their end missing."""
    assert line in TREES.text
    return TREES.text.replace(line, "", 1)


SOUND = TREES.to_document()
TEXT = TREES.text
SPOILT: dict[str, JSON] = {
    "nothing": None,
    "list": [],
    "another kind": {**SOUND, "kind": "logistic"},
    "no names": {**SOUND, "names": []},
    "names that are none": {**SOUND, "names": [1, 2, 3, 4]},
    "fewer names": {**SOUND, "names": [*NAMES[:3]], "typical": [0.0] * 3},
    "other names": {**SOUND, "names": ["a", "b", "c", "d"]},
    "no trees": {**SOUND, "trees": None},
    "empty trees": {**SOUND, "trees": ""},
    "no beginning": {**SOUND, "trees": TEXT[1:]},
    "no end": {**SOUND, "trees": TEXT[:-1]},
    "half": {**SOUND, "trees": TEXT[: len(TEXT) // 2]},
    "middle gone": {**SOUND, "trees": TEXT[:900] + TEXT[-900:]},
    "a letter more": {**SOUND, "trees": TEXT.replace("\nthreshold=", "\nthreshold=1", 1)},
    "not plain letters": {**SOUND, "trees": TEXT.replace("shrinkage", "schrumpfung\N{SNOWMAN}", 1)},
    "no sizes": {**SOUND, "trees": TEXT.replace("tree_sizes=", "sizes=", 1)},
    "endless size": {**SOUND, "trees": TEXT.replace("tree_sizes=", "tree_sizes=" + "9" * 5_000, 1)},
    "negative size": {**SOUND, "trees": TEXT.replace("tree_sizes=", "tree_sizes=-", 1)},
    "several classes": {**SOUND, "trees": TEXT.replace("num_class=1", "num_class=2", 1)},
    "another objective": {**SOUND, "trees": TEXT.replace("binary sigmoid:1", "regression", 1)},
    "no end of trees": {**SOUND, "trees": cut("end of trees\n")},
    "short column": {**SOUND, "typical": [0.0]},
    "no column": {**SOUND, "typical": None},
    "text in a column": {**SOUND, "typical": ["1", 0.0, 0.0, 0.0]},
    "infinite": {**SOUND, "typical": [math.inf, 0.0, 0.0, 0.0]},
    "slope of none": {**SOUND, "slope": None},
    "slope of 0": {**SOUND, "slope": 0.0},
    "truth as shift": {**SOUND, "shift": True},
    "endless shift": {**SOUND, "shift": math.nan},
}


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """LightGBM may not be given anything."""

    def refuse(text: str) -> None:
        pytest.fail("LightGBM was given trees that do not verify")

    monkeypatch.setattr(gbdt, "_load", refuse)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("spoilt", SPOILT)
def test_spoilt_trees_are_refused_before_lightgbm_sees_them(spoilt: str) -> None:
    with pytest.raises(Damaged, match="the ranker of the model"):
        GbdtRanker.from_model(model(artifact_of(SPOILT[spoilt])))


@pytest.mark.usefixtures("closed")
def test_every_place_to_cut_the_trees_is_noticed() -> None:
    for place in range(0, len(TEXT), 13):
        with pytest.raises(Damaged):
            GbdtParameters.from_document({**SOUND, "trees": TEXT[:place]})


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("file", ["ranker.json", f"{GOLDEN_FEATURES}.npy", f"{GOLDEN_SCORES}.npy", "manifest.json"])
def test_files_cut_or_changed_anywhere_never_reach_lightgbm(file: str, tmp_path: Path) -> None:
    digest = write(tmp_path)
    path = tmp_path / "m1" / file
    sound = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in np.unique(rng.integers(0, len(sound), 60)).tolist():
        changed = bytearray(sound)
        changed[place] ^= int(rng.integers(1, 256))
        for harmed in (bytes(changed), sound[:place], sound[:place] + b"0" + sound[place:]):
            path.write_bytes(harmed)
            with pytest.raises(Damaged):
                GbdtRanker.from_model(model(read_artifact(tmp_path, "m1", digest)))
    path.write_bytes(sound)
    assert read_artifact(tmp_path, "m1", digest).documents["ranker"] == SOUND


HARMED: dict[str, dict[str, Array]] = {
    "none": {},
    "no scores": {GOLDEN_FEATURES: GOLDEN[GOLDEN_FEATURES]},
    "no rows": {GOLDEN_FEATURES: np.empty((0, 4), np.float32), GOLDEN_SCORES: np.empty(0)},
    "fewer scores": {**GOLDEN, GOLDEN_SCORES: GOLDEN[GOLDEN_SCORES][:-1]},
    "fewer columns": {**GOLDEN, GOLDEN_FEATURES: GOLDEN[GOLDEN_FEATURES][:, :3]},
    "another type": {**GOLDEN, GOLDEN_FEATURES: GOLDEN[GOLDEN_FEATURES].astype(np.float64)},
    "scores as words": {**GOLDEN, GOLDEN_SCORES: GOLDEN[GOLDEN_SCORES].astype("U8")},
    "another score": {**GOLDEN, GOLDEN_SCORES: GOLDEN[GOLDEN_SCORES] + 2e-9},
    "no number": {**GOLDEN, GOLDEN_SCORES: np.where(np.arange(64) == 3, np.nan, GOLDEN[GOLDEN_SCORES])},
}


@pytest.mark.parametrize("harmed", HARMED)
def test_golden_rows_that_do_not_fit_are_refused(harmed: str) -> None:
    with pytest.raises(Damaged, match="golden rows"):
        GbdtRanker.from_model(model(artifact_of(SOUND, HARMED[harmed])))


def test_trees_that_load_but_say_something_else_are_noticed_by_the_golden_rows() -> None:
    start = TEXT.index("leaf_value=") + len("leaf_value=")
    digit = next(place for place in range(start, len(TEXT)) if TEXT[place] in "123456789")
    other = TEXT[:digit] + str(10 - int(TEXT[digit])) + TEXT[digit + 1 :]
    assert other != TEXT
    with pytest.raises(Damaged, match="scores its golden rows otherwise"):
        GbdtRanker.from_model(model(artifact_of({**SOUND, "trees": other})))


def test_what_lightgbm_does_not_read_is_damage() -> None:
    with pytest.raises(Damaged, match="LightGBM does not read"):
        GbdtRanker("m1", "h1", replace(TREES, text="nothing like it"))


def test_a_model_without_this_ranker_is_refused() -> None:
    with pytest.raises(Damaged, match="is missing"):
        GbdtRanker.from_model(model(Artifact({}, {})))
    with pytest.raises(Damaged, match="is missing"):
        GbdtRanker.from_model(model(artifact_of(SOUND), feature_version=None))
    with pytest.raises(Damaged, match="not for the features"):
        GbdtRanker.from_model(model(artifact_of(SOUND), feature_version="v1"))
    with pytest.raises(Refused, match="train a new model"):
        GbdtRanker.from_model(model(artifact_of(SOUND), feature_hash="other"))


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(Refused, match=r"twofold\[gbdt\]") as caught:
        GbdtRanker.from_model(model(artifact_of(SOUND)))
    assert caught.value.code == "extra_missing"


SERVE = """
import json, sys
import numpy as np
from twofold.rankers.gbdt import GbdtParameters, GbdtRanker
before = "lightgbm" in sys.modules
ranker = GbdtRanker("m1", "h1", GbdtParameters.from_document(json.load(sys.stdin)))
said = ranker.predict(np.zeros((1, 4), np.float32))
print(json.dumps([before, "lightgbm" in sys.modules, "sklearn" in sys.modules, len(said)]))
"""


def test_serving_loads_lightgbm_when_needed_and_never_scikit_learn() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SERVE],
        input=json.dumps(SOUND),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert json.loads(done.stdout) == [False, True, False, 1]
    assert done.stderr == ""
