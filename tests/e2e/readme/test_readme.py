"""The README's commands are run as they stand there."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[3]


def commands() -> list[str]:
    """Lines of the README's shell block that call the program, except the one that runs for ever."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith(".venv/bin/twofold")]
    return [line for line in lines if not line.endswith(" serve")]


def write_own_data(folder: Path) -> None:
    """A small town in the README's columns: 80 people, among them ada and bob."""
    ids = ["ada", "bob", *(f"p{number}" for number in range(78))]
    rng = np.random.default_rng(3)
    with (folder / "people.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "birth_date", "gender", "interests"])
        rows.writerows([each, f"{1985 + number % 15}-01-01", "", "tea;chess"] for number, each in enumerate(ids))
    with (folder / "events.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["actor", "target", "kind", "at"])
        pairs = [(a, b) for a in ids for b in ids if a != b and (a, b) != ("ada", "bob")]
        for number, place in enumerate(rng.permutation(len(pairs))[:2_500]):
            kind = "like" if (place + number) % 3 else "dislike"
            rows.writerow([*pairs[place], kind, 1_750_000_000 + number * 60])


def test_the_readmes_own_data_commands_work_in_order(tmp_path: Path) -> None:
    write_own_data(tmp_path)
    environment = {**os.environ, "TWOFOLD_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "160"}
    ran = []
    for line in commands():
        command = [str(Path(sys.executable).parent / "twofold"), *line.split()[1:]]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        ran.append(done.stdout)
    assert len(ran) == 4
    assert "80" in ran[0]
    assert "2,500" in ran[1] or "2500" in ran[1]
    assert "exploration" in ran[3]
