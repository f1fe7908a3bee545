"""The child process: lines of JSON, a report last, errors with their exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twofold.domain.changes import EventBatch
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.services.training import TrainingOrder
from twofold.storage.url import open_store

OLD = Micros(14_000 * MICROS_PER_DAY)


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    store = open_store(url)
    store.prepare()
    store.put_people([(Person(id=f"p{number}"), True) for number in range(60)], OLD)
    rng = np.random.default_rng(0)
    pairs = [(int(pair) // 60, int(pair) % 60) for pair in rng.permutation(3_600) if pair // 60 != pair % 60][:1_500]
    kinds = [int(EventKind.LIKE if (a + b) % 2 else EventKind.PASS) for a, b in pairs]
    times = [OLD + place * 10**9 for place in range(1_500)]
    store.append_events(
        EventBatch([a for a, _ in pairs], [b for _, b in pairs], kinds, times, [None] * 1_500), Micros(OLD + 10**15)
    )
    store.close()
    return url


def run(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "twofold.training", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_it_says_where_it_is_and_reports_last(database: str, tmp_path: Path) -> None:
    models = tmp_path / "models"
    code, lines, errors = run("--database", database, "--models", str(models), "--as-of", "last", "--seed", "3")
    assert (code, errors) == (0, "")
    assert all(set(line) == {"stage", "done"} for line in lines[:-1])
    report = lines[-1]["report"]
    assert report["trained"] == ["collaborative", "ranking"]
    assert report["rows"]["decisions"] == 1_500
    assert report["promoted"]
    assert [path.name.partition("-")[0] for path in models.iterdir()] == [report["version"]]


@pytest.mark.parametrize("features", ["v1", "v2"])
def test_it_makes_what_it_is_asked_for(database: str, tmp_path: Path, features: str) -> None:
    order = TrainingOrder(as_of="last", seed=3, ranker="logistic", features=features, delay_days=0.5)
    models = tmp_path / "models"
    code, lines, errors = run("--database", database, "--models", str(models), *order.arguments(), "--aside")
    assert (code, errors) == (0, "")
    record = lines[-1]["report"]["record"]
    assert (record["type"], record["feature_version"]) == ("logistic", features)
    recipe = json.loads(next(models.glob("*/recipe.json")).read_text())
    assert (recipe["features"], recipe["delay_days"], recipe["seed"]) == (features, 0.5, 3)


def test_a_moment_before_everything_is_no_error(database: str, tmp_path: Path) -> None:
    code, lines, errors = run("--database", database, "--models", str(tmp_path / "models"), "--as-of", "1980-01-01")
    assert (code, errors) == (0, "")
    assert lines[-1]["report"]["version"] is None
    assert "100 more" in lines[-1]["report"]["skipped"][0][1]


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["--as-of", "yesterday"], 2, "InvalidInput"),
        (["--database", "nowhere:thing"], 2, "InvalidInput"),
        (["--delay-days", "-1"], 2, "InvalidInput"),
        (["--features", "v99"], 4, "NotFound"),
    ],
)
def test_errors_are_lines_with_an_exit_code(
    arguments: list[str], code: int, kind: str, database: str, tmp_path: Path
) -> None:
    ended, lines, errors = run("--database", database, "--models", str(tmp_path / "models"), *arguments)
    assert (ended, errors) == (code, "")
    assert lines[-1]["error"]["type"] == kind
    assert lines[-1]["error"]["message"]
