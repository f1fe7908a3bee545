"""A small town of one's own, imported and trained through the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twofold.entrypoints.cli.app import run

PEOPLE = 80
EVENTS = 2_500
FIRST_EVENT = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


Command = Callable[..., Ran]


def write_town(folder: Path) -> None:
    """``people.csv`` and ``events.csv``: who likes tea likes others who do."""
    rng = np.random.default_rng(3)
    likes_tea = rng.random(PEOPLE) < 0.5
    with (folder / "people.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "birth_date", "interests", "created_at"])
        for number in range(PEOPLE):
            label = "tea;chess" if likes_tea[number] else "jazz"
            rows.writerow([f"p{number}", f"{1985 + number % 15}-01-01", label, FIRST_EVENT - 86_400])
    pairs = [(actor, target) for actor in range(PEOPLE) for target in range(PEOPLE) if actor != target]
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["actor", "target", "kind", "at"])
        for number, place in enumerate(rng.permutation(len(pairs))[:EVENTS].tolist()):
            actor, target = pairs[place]
            alike = likes_tea[actor] == likes_tea[target]
            kind = "like" if rng.random() < (0.7 if alike else 0.2) else "dislike"
            rows.writerow([f"p{actor}", f"p{target}", kind, FIRST_EVENT + number * 600])


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_town(folder)
    return folder


@pytest.fixture(scope="session")
def trained_dir(tmp_path_factory: pytest.TempPathFactory, files: Path) -> Path:
    """A data folder with both stages trained; tests that change it use one of their own."""
    folder = tmp_path_factory.mktemp("town")
    where = ["--data-dir", str(folder), "--json"]
    assert run(["import", "people", str(files / "people.csv"), *where]) == 0
    assert run(["import", "events", str(files / "events.csv"), *where]) == 0
    assert run(["train", "--as-of", "last", *where]) == 0
    return folder


@pytest.fixture
def twofold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``twofold("models", "list")``: one command in this process, on an empty data folder unless one is named."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("TWOFOLD_DATABASE_URL", raising=False)

    def command(*arguments: str, data_dir: Path | None = None) -> Ran:
        monkeypatch.setenv("TWOFOLD_DATA_DIR", str(data_dir or tmp_path / "data"))
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return command
