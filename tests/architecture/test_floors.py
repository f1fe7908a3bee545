"""The floors of the house hold, and the check that says so is one that can fail."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"

# What costs seconds and hundreds of megabytes to import, and is for fitting alone.
HEAVY = ("sklearn", "implicit", "lightgbm", "pandas")


def lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with the project's contracts over the package in a folder."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(config_filename=sys.argv[2], no_cache=True))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(source), str(ROOT / ".importlinter")],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source tree, to break."""
    shutil.copytree(SOURCE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "src"


def test_imports_run_downwards_only() -> None:
    result = lint_imports(SOURCE)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("domain/broken.py", "import twofold.population", "Floors"),
        ("filters/broken.py", "import twofold.sources", "Floors"),
        ("undeclared/__init__.py", "", "Floors"),
        ("pipeline/broken.py", "import fastapi", "no framework"),
        ("population/broken.py", "import sklearn", "Only training"),
        ("rankers/broken.py", "import lightgbm", "Only training"),
        ("services/broken.py", "import twofold.training", "Nobody but the command line"),
    ],
)
def test_a_broken_floor_is_found(copy: Path, file: str, line: str, contract: str) -> None:
    broken = copy / "twofold" / file
    broken.parent.mkdir(exist_ok=True)
    (broken.parent / "__init__.py").touch()
    broken.write_text(f'"""Broken on purpose."""\n\n{line}\n', encoding="utf-8")
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert any(contract in said and " BROKEN" in said for said in result.stdout.splitlines())


def test_the_server_loads_nothing_that_fits_models() -> None:
    if importlib.util.find_spec("twofold.entrypoints.api") is None:
        pytest.skip("there is no API yet")
    program = "import json, sys, twofold.entrypoints.api; print(json.dumps(sorted(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(result.stdout)}
    assert "twofold" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded.intersection(HEAVY))
