"""The benchmarks on a kept world, each by its one command, on a small one: real servers, real SQLite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PEOPLE = 300


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of worlds for all of this module: each is built once."""
    return tmp_path_factory.mktemp("worlds")


def bench(name: str, keep: Path, *options: str, people: int = PEOPLE) -> tuple[str, dict[str, Any]]:
    """What a benchmark prints, and its report."""
    out = keep / f"{name}.json"
    command = [sys.executable, "-m", "twofold.entrypoints.cli", "bench", name, "--people", str(people)]
    # A setting of somebody's own must not reach what is measured.
    environment = {**os.environ, "COLUMNS": "200", "TWOFOLD_RANKER": "nonsense"}
    done = subprocess.run(
        [*command, "--keep", str(keep), "--json", str(out), *options],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert [each.name for each in keep.iterdir() if each.name.startswith(".")] == [], "copies are removed"
    report: dict[str, Any] = json.loads(out.read_text())
    assert report["heading"]["benchmark"] == name
    assert report["heading"]["world"]["people"] == people
    assert report["heading"]["machine"]["cores"] >= 1
    return done.stdout, report


def test_serving_measures_real_servers_and_the_sketch(keep: Path) -> None:
    options = ("--rate", "30", "--seconds", "1", "--workers", "2", "--baseline")
    printed, report = bench("serving", keep, *options)
    assert "Freshness" in printed
    assert "founding sketch" in printed
    measured = report["measured"]
    assert [row["unlimited"] for row in measured["loads"]] == [0.05, 0.0, 0.2]
    for row in (*measured["loads"], measured["cached"]):
        assert row["errors"] == 0
        assert row["cached"] == 0, "what is made anew never comes from the cache, what is cached always does"
        assert row["per_worker"] == [15, 15]
    assert {"filter", "sources", "rank", "total"} <= set(measured["stages"])
    assert all(row["errors"] == 0 for row in measured["saturation"])
    assert {row["workers"] for row in measured["saturation"]} == {1, 2}
    assert {(row["kind"], row["process"]) for row in measured["fresh"]} == {
        (kind, process) for kind in ("like", "block") for process in ("same", "other")
    }
    assert all(row["stale"] == 0 for row in measured["fresh"]), "what is acknowledged holds"
    assert report["baseline"]["ratio_p50"] > 0
    assert len(report["ready_seconds"]) == 2
