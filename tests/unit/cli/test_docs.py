"""docs/cli.md names every command and every exit code."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperGroup

from twofold.domain import errors
from twofold.entrypoints.cli.app import EPILOG, app

PAGE = (Path(__file__).parents[3] / "docs/cli.md").read_text(encoding="utf-8")


def leaves(group: TyperGroup, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def test_every_command_is_in_the_table() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    named = {
        " ".join(cell.split()) for cell in re.findall(r"^\| `(twofold(?: [a-z]+(?:-[a-z]+)*)+)", PAGE, re.MULTILINE)
    }
    assert named == set(leaves(root, "twofold"))


def test_every_exit_code_is_documented_in_both_places() -> None:
    ours = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.TwofoldError)]
    raised = {each.exit_code for each in ours}
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    in_help = {int(code) for code in re.findall(r"^  (\d+) ", EPILOG, re.MULTILINE)}
    assert documented == in_help == raised | {0, 130}


def test_no_command_waits_for_what_fits_models() -> None:
    code = (
        "import sys; import twofold.entrypoints.cli.app, twofold.entrypoints.server; "
        "print([name for name in ('sklearn', 'implicit', 'lightgbm') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
