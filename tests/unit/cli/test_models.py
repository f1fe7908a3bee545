"""Comparing, promoting and the trail on the command line, with a comparison that says what it is told to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.entrypoints.cli import models
from twofold.entrypoints.cli.app import run
from twofold.evaluation.promotion import Check, Verdict
from twofold.features.spec import VERSIONS
from twofold.models.artifact import write_artifact
from twofold.models.registry import Registry
from twofold.rankers.logistic import LogisticParameters
from twofold.storage.url import open_store
from twofold.testing.contracts.models import ranker_documents

Run = Any


def register(folder: Path, version: str) -> None:
    """A ranking model that says the same of everybody."""
    features = VERSIONS["h1"]
    zeros, ones = (0.0,) * len(features.names), (1.0,) * len(features.names)
    parameters = LogisticParameters(features.names, zeros, ones, zeros, 0.0)
    digest = write_artifact(folder / "models", version, {}, ranker_documents(parameters))
    store = open_store(f"sqlite:///{folder / 'twofold.db'}")
    store.prepare()
    Registry(store, folder / "models", lambda: Micros(0)).register(
        ModelRecord(
            version=version,
            type=ModelType.LOGISTIC,
            artifact=version,
            digest=digest,
            created_at=Micros(0),
            log_position=0,
            as_of=Micros(0),
            feature_version=features.name,
            feature_hash=features.hash,
        )
    )
    store.close()


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``said("promote", "m0002")``: exit code, standard output, standard error; m0001 serves and m0002 waits."""
    monkeypatch.setenv("TWOFOLD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    for version in ("m0001", "m0002"):
        register(tmp_path, version)

    def said(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["models", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    assert said("promote", "m0001")[0] == 0
    return said


def measuring(monkeypatch: pytest.MonkeyPatch, passed: bool) -> list[tuple[str, str]]:
    """Comparisons end so; which pairs were compared."""
    asked: list[tuple[str, str]] = []
    check = Check(name="log_loss", passed=passed, said="log loss 0.5 against the champion's 0.6", figure=-0.1, limit=0)

    def compare(champion: ModelRecord, challenger: ModelRecord) -> Verdict:
        asked.append((champion.version, challenger.version))
        return Verdict((check,))

    monkeypatch.setattr(models, "comparison", lambda settings, store, report: compare)
    return asked


def test_a_comparison_is_shown_and_kept_for_promotion(said: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = measuring(monkeypatch, passed=True)
    code, out, _ = said("compare", "m0002")
    assert code == 0
    assert "log loss 0.5 against the champion's 0.6" in out
    assert "`twofold models promote m0002`" in out
    assert said("promote", "m0002")[0] == 0
    assert asked == [("m0001", "m0002")]
    code, out, _ = said("audit", "--json")
    entries = json.loads(out)["entries"]
    assert [(each["actor"], each["action"], each["subject"]) for each in entries] == [
        ("cli", "promote", "m0002"),
        ("cli", "compare", "m0002"),
        ("cli", "promote", "m0001"),
    ]
    assert entries[0]["details"]["verdict"]["passed"] is True
    assert "against m0001, passed" in said("audit")[1]
    assert len(json.loads(said("audit", "--limit", "1", "--json")[1])["entries"]) == 1


def test_a_worse_one_needs_force(said: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, passed=False)
    code, out, err = said("promote", "m0002")
    assert (code, out) == (3, "")
    assert "log loss 0.5 against the champion's 0.6" in err
    assert "--force" in err
    document = json.loads(said("compare", "m0002", "--json")[1])
    assert (document["challenger"], document["champion"], document["passed"]) == ("m0002", "m0001", False)
    assert document["checks"][0]["name"] == "log_loss"
    assert "FAILED" in said("compare", "m0002")[1]
    assert said("promote", "m0002", "--force")[0] == 0
    assert "in place of m0001, forced, failed: log_loss" in said("audit")[1]


def test_nothing_was_done_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "audit", "--data-dir", str(tmp_path)]) == 0
    assert "Nothing was done" in capsys.readouterr().out
