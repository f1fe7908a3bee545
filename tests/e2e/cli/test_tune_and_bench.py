"""Tuning and benchmarks, on a small town of one's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.cli.conftest import Command
from twofold.settings import load_settings


@pytest.fixture
def mine(trained_dir: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(trained_dir, folder)
    return folder


def test_quotas_are_tuned_and_written_into_the_configuration(twofold: Command, mine: Path) -> None:
    file, report = mine / "twofold.toml", mine / "report.json"
    file.write_text("# ours\nlist_length = 12\n")
    tune = ("tune", "--as-of", "last", "--budget", "20")
    ran = twofold(*tune, "--force", "--json", str(report), data_dir=mine)
    assert ran.code == 0, ran.err
    assert "gain of tuned" in ran.out
    assert "Each source alone" in ran.out
    found = json.loads(report.read_text())
    assert found["tried"] <= 20
    assert file.read_text().startswith("# ours\nlist_length = 12\n")
    settings = load_settings(data_dir=mine)
    assert (settings.list_length, settings.quotas) == (12, found["quotas"]["tuned"]["shares"])
    assert twofold("recommend", "p1", "--as-of", "last", data_dir=mine).code == 0
    before = file.read_text()
    again = twofold(*tune, "--no-write", "--json", "-", data_dir=mine)
    assert again.code == 0, again.err
    assert "configured" in again.document["quotas"]
    assert file.read_text() == before


def test_what_may_be_chance_is_not_written(twofold: Command, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twofold.evaluation.tuning.tuning.is_better", lambda _: False)
    ran = twofold("tune", "--as-of", "last", "--budget", "4", data_dir=mine)
    assert ran.code == 0, ran.err
    assert "may be chance" in ran.out
    assert "[shares]" in ran.err
    assert not (mine / "twofold.toml").exists()


def test_an_interrupted_tuning_leaves_the_configuration(
    twofold: Command, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("twofold.evaluation.tuning.tuning.search", interrupted)
    (mine / "twofold.toml").write_text("list_length = 12\n")
    assert twofold("tune", "--as-of", "last", "--force", data_dir=mine).code == 130
    assert (mine / "twofold.toml").read_text() == "list_length = 12\n"


def test_quotas_of_files_are_printed_to_paste_or_written_where_one_says(
    twofold: Command, files: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.toml"
    ran = twofold(
        "tune", "--events", str(files / "events.csv"), "--budget", "4", "--force", "--out", str(out), "--json", "-"
    )
    assert ran.code == 0, ran.err
    assert out.read_text().startswith("[shares]\n")
    assert not (tmp_path / "data" / "twofold.toml").exists()


def test_candidates_are_compared(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    ran = twofold("bench", "candidates", "--as-of", "last", "--json", str(out), data_dir=trained_dir)
    assert ran.code == 0, ran.err
    assert "everyone" in ran.out
    rows = json.loads(out.read_text())["rows"]
    assert [row["candidates"] for row in rows] == [10, 50, 100, 200, 1_000, "everyone"]
    assert all(0 < row["p50_ms"] <= row["p99_ms"] for row in rows)
    assert rows[2]["ratio"] == 1.0


def test_a_town_can_be_measured(twofold: Command, tmp_path: Path) -> None:
    ran = twofold("bench", "candidates", "--town", "120", "--json", "-")
    assert ran.code == 0, ran.err
    assert ran.document["data"]["people"] == 120
    assert not (tmp_path / "data" / "twofold.db").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("tune", "--metric", "secret"), 2),
        (("tune", "movielens", "--data", "."), 2),
        (("tune", "--town", "100", "--events", "secret.csv"), 2),
        (("bench", "candidates", "bitcoin-otc"), 2),
        (("bench", "candidates", "--people", "secret.csv"), 2),
        (("bench", "candidates", "--events", "secret.csv"), 4),
        (("tune",), 3),
    ],
)
def test_what_cannot_be_measured_is_one_line(arguments: tuple[str, ...], code: int, twofold: Command) -> None:
    ran = twofold(*arguments)
    assert ran.code == code
    assert ran.err.splitlines()[-1].startswith("error: ")
    assert "secret" not in ran.err


def test_a_setting_of_the_file_that_does_not_fit_is_named(twofold: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "twofold.toml").write_text("list_lenght = 12\n")
    ran = twofold("models", "list")
    assert ran.code == 2
    assert "configuration file: list_lenght" in ran.err
