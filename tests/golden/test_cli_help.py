"""The command line's help is part of the public surface: every command's, as it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from twofold.entrypoints.cli.app import app, run

GOLDEN = Path(__file__).parent / "cli"


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command, groups included."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def root() -> TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, TyperGroup)
    return found


PATHS = sorted(commands(root()))


def golden_file(path: tuple[str, ...]) -> Path:
    return GOLDEN / ("-".join(("twofold", *path)) + ".txt")


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_is_as_it_was(
    path: tuple[str, ...],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*path, "--help"]) == 0
    said = capsys.readouterr().out
    golden = golden_file(path)
    if request.config.getoption("--regenerate-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(said, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == said, "if this is meant: make golden, and read the difference"


def test_no_golden_file_is_of_a_command_that_is_gone() -> None:
    assert {each.name for each in GOLDEN.iterdir()} == {golden_file(path).name for path in PATHS}


@pytest.mark.parametrize("path", [each for each in PATHS if each], ids=" ".join)
def test_every_command_teaches_by_example(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run([*path, "--help"])
    said = capsys.readouterr().out
    if "Commands:" not in said:
        assert f"  twofold {' '.join(path)}" in said.partition("Example")[2]
        assert "--json" in said
