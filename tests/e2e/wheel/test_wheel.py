"""A wheel built from the tree works in an environment that holds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UV = Path(sys.executable).parent / "uv"


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command to its end; its output, or a failure that shows it."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("TWOFOLD_", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(UV, "build", "--wheel", "--out-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "twofold/py.typed" in names
    assert any(name.startswith("twofold/storage/sql/migrations/versions/v") for name in names)
    strangers = [name for name in names if not name.startswith(("twofold/", "twofold-"))]
    assert strangers == []


def test_the_demo_checks_itself_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    run(UV, "venv", "--python", sys.executable, tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env/bin/python"
    run(UV, "pip", "install", "--python", python, wheel, cwd=tmp_path)
    said = run(tmp_path / "env/bin/twofold", "demo", "--people", "2000", "--check", cwd=tmp_path, HOME=str(tmp_path))
    assert said.splitlines()[-1] == "demo: ok"
    left = [path.name for path in tmp_path.iterdir() if path.name not in {"env", ".cache"}]
    assert left == [], "the demo leaves nothing in the user's home or working folder"
