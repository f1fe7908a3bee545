"""`twofold snapshot`: what it writes, and that lists are the same from it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.cli.conftest import PEOPLE, Command

SEEDED = ("recommend", "p1", "--seed", "1", "--json")


def test_a_snapshot_gives_the_same_lists(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained_dir, tmp_path / "copy")
    before = twofold(*SEEDED, data_dir=folder).document["items"]
    made = twofold("snapshot", "--json", data_dir=folder).document
    assert (made["people"], made["bytes"] > 0) == (PEOPLE, True)
    assert (folder / "snapshots" / made["snapshot"] / "manifest.json").is_file()
    assert twofold(*SEEDED, data_dir=folder).document["items"] == before


def test_it_says_what_it_wrote(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained_dir, tmp_path / "copy")
    said = twofold("snapshot", data_dir=folder)
    assert said.code == 0
    assert f"people        {PEOPLE}" in said.out
    assert "bytes a person" in said.out


def test_a_damaged_one_is_told_and_the_log_read(twofold: Command, trained_dir: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained_dir, tmp_path / "copy")
    before = twofold(*SEEDED, data_dir=folder).document["items"]
    made = twofold("snapshot", "--json", data_dir=folder).document
    (folder / "snapshots" / made["snapshot"] / "everyone.bin").write_bytes(b"")
    after = twofold(*SEEDED, data_dir=folder)
    assert after.document["items"] == before
    assert "snapshot refused" in after.err


def test_nobody_yet(twofold: Command, tmp_path: Path) -> None:
    made = twofold("snapshot", "--json", data_dir=tmp_path / "new")
    assert (made.code, made.document["people"], made.document["bytes_per_person"]) == (0, 0, None)
