"""Standard output holds the result and nothing else, as it is."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from twofold.domain.candidate import Removed
from twofold.entrypoints.cli.output import emit_json, figure, say, say_error, say_facts, say_table
from twofold.entrypoints.cli.progress import progress
from twofold.entrypoints.cli.removals import WORDS, say_removals


def test_json_is_one_line_of_utf8(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    emit_json({"person": "Zoë 🦊", "path": Path("a/b"), "counts": MappingProxyType({"x": 1}), "none": float("nan")})
    out = capfdbinary.readouterr().out
    assert out.count(b"\n") == 1
    assert json.loads(out) == {"person": "Zoë 🦊", "path": "a/b", "counts": {"x": 1}, "none": None}


def test_texts_are_taken_literally(capsys: pytest.CaptureFixture[str]) -> None:
    say("[red]not markup[/red] :fox: 42")
    say_table(("person",), [("[bold]ada[/bold]",)])
    out = capsys.readouterr().out
    assert "[red]not markup[/red] :fox: 42" in out
    assert "[bold]ada[/bold]" in out
    assert "\x1b" not in out


def test_an_error_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    say_error("the file is broken;\n  " + "write it again " * 20)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: the file is broken; write it again")
    assert captured.err.count("\n") == 1
    assert "\x1b" not in captured.err


def test_facts_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    say_facts({"a": "1", "longer": "2"})
    assert capsys.readouterr().out == "a       1\nlonger  2\n"


def test_a_missing_figure_is_a_dash() -> None:
    assert [figure(None), figure(float("nan")), figure(0.5)] == ["-", "-", "0.500"]


def test_progress_stays_off_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as report:
        for done in (0.0, 0.5, 1.0):
            report("read", done)
        report("train", 0.0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "read ...\ntrain ...\n"


def test_quiet_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(quiet=True) as report:
        report("read", 0.5)
    assert capsys.readouterr() == ("", "")


def test_every_reason_has_words() -> None:
    assert set(WORDS) == {reason.label for reason in Removed} - {Removed.KEPT.label}


def test_removals_are_told_most_first(capsys: pytest.CaptureFixture[str]) -> None:
    say_removals({"self": 1, "decided": 1_234})
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split()[:2] == ["decided", "1,234"]
    assert lines[3].split()[:2] == ["self", "1"]
