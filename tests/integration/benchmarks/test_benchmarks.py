"""Each benchmark runs by its one command and says what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(script: str, *options: str) -> str:
    """What a benchmark prints."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ingest_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    out = tmp_path / "ingest.json"
    printed = run("ingest.py", "--people", "300", "--events", "5000", "--json", str(out))
    assert "per second" in printed
    report = json.loads(out.read_text())
    assert [row["what"] for row in report["rows"]] == ["events", "events with client ids"]
    assert report["rows"][0]["events"] == report["rows"][1]["events"] > 0
    assert all(row["ratio"] > 0 for row in report["rows"])


def test_the_attack_on_the_order_succeeds_by_default_and_not_against_the_setting(tmp_path: Path) -> None:
    out = tmp_path / "attack.json"
    script = str(ROOT / "benchmarks/order_attack.py")
    sizes = ["--people", "300", "--events", "9000", "--viewers", "80", "--lists", "2"]
    done = subprocess.run(
        [sys.executable, script, *sizes, "--json", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "95 % interval" in done.stdout
    rows = {(row["town"], row["discreet"]): row for row in json.loads(out.read_text())["rows"]}
    assert set(rows) == {(town, discreet) for town in ("lived", "dealt") for discreet in (False, True)}
    for town in ("lived", "dealt"):
        assert rows[town, False]["auc"] > 0.6
        assert rows[town, False]["low"] > rows[town, False]["control"] + 0.05
        open_, hidden = rows[town, False], rows[town, True]
        assert open_["admirers_shown"] > open_["others_shown"] + 0.2
        assert hidden["low"] - 0.02 < hidden["control"] < hidden["high"] + 0.02, "as good as likes dealt at random"
    assert rows["dealt", True]["low"] - 0.03 < 0.5 < rows["dealt", True]["high"] + 0.03, "guessing"


def test_exposure_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    out = tmp_path / "exposure.json"
    script = str(ROOT / "benchmarks/exposure.py")
    sizes = ["--people", "150", "--events", "5000", "--caps", "10", "5", "--viewers", "60", "--length", "10"]
    command = [sys.executable, script, *sizes, "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "effective" in done.stdout
    free, *capped = json.loads(out.read_text())["rows"]
    assert free["cap"] is None
    assert [(row["cap"], row["pacing"]) for row in capped] == [(10, 0), (10, 0.2), (5, 0), (5, 0.2)]
    assert all(row["most"] <= row["cap"] for row in capped), "exact"
    assert capped[-1]["most"] == 5
    assert capped[-1]["gini"] < free["gini"]
    assert all(0 < row["effective_matches"] <= row["mutual_likes"] <= row["likes"] for row in (free, *capped))


def test_rankers_are_measured_beside_scikit_learn_and_the_base_rate(tmp_path: Path) -> None:
    out = tmp_path / "rankers.json"
    small = ("--rows", "1500", "--calls", "20", "--starts", "1", "--data", str(tmp_path / "nothing"))
    printed = run("rankers.py", *small, "--json", str(out))
    assert "p99 us" in printed
    report = json.loads(out.read_text())
    found = {row["what"]: row for row in report["rows"]}
    assert {"logistic, scikit-learn", "logistic", "lightgbm", "always the base rate", "the truth"} <= set(found)
    assert found["the truth"]["log_loss"] < found["lightgbm"]["log_loss"] < found["always the base rate"]["log_loss"]
    assert found["logistic"]["auc"] == pytest.approx(found["logistic, scikit-learn"]["auc"], abs=0.01)
    for name in ("logistic", "lightgbm"):
        assert min(found[name][what] for what in ("p50", "p99", "ratio", "bytes", "seconds")) > 0


def test_replay_tells_its_stages_and_writes_json(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    out = tmp_path / "replay.json"
    script = str(ROOT / "benchmarks/replay.py")
    command = [sys.executable, script, "--people", "300", "--decisions", "3000", "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    assert f"{report['rows']:,} rows of" in done.stdout
    assert 2_000 < report["rows"] <= 3_000
    stages = [row["stage"] for row in report["stages"]]
    assert stages == ["read", "rows", "vectors", "features", "write", "plain Python"]
    assert 0.4 < report["of_lists_shown"] / report["rows"] < 0.6
    assert report["ratio"] > 0
