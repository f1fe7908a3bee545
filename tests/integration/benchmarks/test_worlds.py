"""The benchmarks on a kept world, each by its one command, on a small one: real servers, real SQLite."""

from __future__ import annotations

import json
import os
import signal
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
    options = ("--rate", "30", "--seconds", "1", "--workers", "2", "--baseline", "--beside-training")
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
    assert "Beside a training" in printed
    assert report["beside"]["errors"] == 0
    assert report["beside"]["ratio_p99"] > 0
    assert len(report["ready_seconds"]) == 2


def test_a_benchmark_that_is_terminated_leaves_nothing_behind(keep: Path) -> None:
    command = [sys.executable, "-m", "twofold.entrypoints.cli", "bench", "startup", "--people", str(PEOPLE)]
    command += ["--keep", str(keep), "--rounds", "100"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("start ..."):
                break
        child.terminate()
        child.stderr.read()
        assert child.wait(60) == 128 + signal.SIGTERM
    assert [each.name for each in keep.iterdir() if each.name.startswith(".")] == []


def test_startup_starts_servers_again_and_again(keep: Path) -> None:
    printed, report = bench("startup", keep, "--rounds", "2", "--workers", "2")
    assert "ready s" in printed
    assert report["workers"] == 2
    assert len(report["rows"]) == 2
    assert report["swap"] is None, "of so few people there is no snapshot"
    for row in report["rows"]:
        assert row["seconds"] > 0
        assert row["memory"] is None or row["memory"]["processes"] == 2


def test_ingest_acknowledges_batches_and_blocks(keep: Path) -> None:
    printed, report = bench("ingest", keep, "--events", "2000", "--batch", "200", "--clients", "2")
    assert "block meanwhile" in printed
    measured = report["measured"]
    assert (measured["errors"], measured["events"], measured["batch"]) == (0, 2000, 200)
    assert measured["commit_ms"]["n"] == 10
    assert measured["block_ms"]["n"] >= 10
    assert measured["log"] == report["heading"]["world"]["events"]


def test_training_is_told_beside_the_library(keep: Path) -> None:
    printed, report = bench("training", keep)
    assert "implicit library's own fit" in printed
    assert report["trained"] == ["collaborative", "ranking"]
    assert {"read", "collaborative", "ranking"} <= set(report["stages"])
    assert report["ratio"] > 0
    assert report["peak"] > 50_000_000
    assert 0 < report["likes"] < report["decisions"]


def test_retrieval_finds_what_exact_search_finds(keep: Path) -> None:
    printed, report = bench("retrieval", keep, "--viewers", "20")
    assert "recall@100" in printed
    assert "Sources of candidates" in printed
    rows = {(row["world"], row["limit"]): row for row in report["rows"]}
    assert set(rows) == {(world, limit) for world in ("heavy-tailed", "flat") for limit in (True, False)}
    for row in rows.values():
        assert row["recall"] >= 0.99
        assert {"collaborative", "content"} <= set(row["sources_ms"])
        assert all(spread["n"] == row["viewers"] for spread in row["sources_ms"].values())
        assert row["eligible"] > 0
    assert rows["flat", False]["eligible"] > rows["flat", True]["eligible"]


def test_a_kept_world_is_used_again_and_never_written_to(keep: Path) -> None:
    bench("startup", keep, "--rounds", "1")
    (world,) = (each for each in keep.iterdir() if each.is_dir() and not each.name.endswith("flat"))
    assert {each.name for each in world.iterdir()} == {
        "twofold.db",
        "models",
        "built.json",
        "trained.json",
        "viewers.npz",
    }
    before = (world / "twofold.db").read_bytes()
    bench("ingest", keep, "--events", "200", "--batch", "100")
    assert (world / "twofold.db").read_bytes() == before
