"""What commands say about their results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twofold.domain.answer import Answer, Explanation, Item
from twofold.entrypoints.cli.explain import brought_by, verdict
from twofold.entrypoints.cli.importing import say_summary
from twofold.entrypoints.cli.recommend import say_answer
from twofold.entrypoints.cli.train import next_step, say_training
from twofold.services.imports.summary import ImportSummary


def answer(items: int = 0, **changed: Any) -> Answer:
    fields: dict[str, Any] = {
        "request_id": "r",
        "person": "ada",
        "items": tuple(
            Item(f"p{n}", 0.5, None, None, ("content",), "You both like tea", n) for n in range(1, items + 1)
        ),
        "model": "m0001",
        "features": "v1",
        "degraded": False,
        "removed": {"decided": 3},
        "timings_ms": {"filter": 1.0, "total": 2.0},
    }
    return Answer(**fields | changed)


def explanation(**changed: Any) -> Explanation:
    fields: dict[str, Any] = {
        "viewer": "ada",
        "candidate": "bob",
        "eligible": True,
        "removed": None,
        "sources": {"content": 0.4},
        "position": 2,
        "list_length": 20,
        "score": 0.5,
        "p_viewer_likes": 0.5,
        "p_candidate_likes": 0.4,
        "reason": "You both like tea",
        "moved": (),
        "model": "m0001",
        "features": "v1",
        "degraded": False,
    }
    return Explanation(**fields | changed)


def training(**changed: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "as_of": 0,
        "version": "m0002",
        "trained": ["collaborative", "ranking"],
        "skipped": [],
        "metrics": {"auc": 0.71, "log_loss": 0.6, "base_log_loss": 0.67},
        "promoted": False,
        "rows": {"people": 30, "decisions": 1_500},
        "seconds": {"read": 0.1},
    }
    return fields | changed


def test_a_full_list_needs_no_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    say_answer(answer(items=2), asked=2)
    out = capsys.readouterr().out
    assert "You both like tea" in out
    assert "asked for" not in out


@pytest.mark.parametrize("items", [0, 1])
def test_a_short_list_explains_itself(items: int, capsys: pytest.CaptureFixture[str]) -> None:
    say_answer(answer(items=items), asked=2)
    out = capsys.readouterr().out
    assert f"{items} of the 2 people asked for" in out
    assert "the viewer already decided on them" in out


def test_a_degraded_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    say_answer(answer(items=1, degraded=True), asked=1)
    assert "Degraded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "yes: position 2 of 20"),
        ({"position": None}, "no: they were a candidate, but 20 others stand above them"),
        ({"position": None, "sources": {}}, "no: they may be shown, but no source brought them"),
        ({"position": None, "removed": "blocked"}, "no: blocked (one of the two blocked the other)"),
    ],
)
def test_the_verdict_says_where_a_candidate_was_lost(changed: dict[str, Any], said: str) -> None:
    assert verdict(explanation(**changed)) == said


def test_who_brought_a_candidate() -> None:
    assert (
        brought_by(explanation(sources={"content": 0.4, "exploration": 0.1})) == "content (0.400), exploration (0.100)"
    )
    assert brought_by(explanation(sources={})) == "-"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"promoted": True}, "serves from now on"),
        ({}, "twofold models promote m0002"),
        ({"version": None}, "Bring in more events"),
    ],
)
def test_training_ends_with_what_to_do(changed: dict[str, Any], said: str) -> None:
    assert said in next_step(training(**changed))


def test_training_shows_figures_beside_what_to_compare_them_with(capsys: pytest.CaptureFixture[str]) -> None:
    say_training(training())
    out = capsys.readouterr().out
    assert "0.600" in out
    assert "0.670 always the average" in out
    assert "calibration" not in out, "a figure that was not measured is not shown"


def test_training_says_what_it_left_out_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    say_training(training(version=None, trained=[], metrics={}, skipped=[["collaborative", "it takes 100 decisions"]]))
    assert "Not trained: collaborative: it takes 100 decisions." in capsys.readouterr().out


def test_an_import_says_how_many_were_left_out_and_where_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    summary = ImportSummary(
        rows=12_003,
        accepted=12_000,
        rejected=3,
        reasons={"bad_lat": 2, "under_age": 1},
        rejects_path=Path("x.rejects.csv"),
        ignored_columns=("lattitude",),
        incomplete="it ends within a row",
        dry_run=True,
    )
    say_summary(summary)
    out = capsys.readouterr().out
    for said in (
        "12,003",
        "12,000",
        "bad_lat",
        "x.rejects.csv",
        "lattitude",
        "ends within a row",
        "nothing was stored",
    ):
        assert said in out
