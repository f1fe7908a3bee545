"""A public data set, prepared, and the printed commands run as they stand."""

from __future__ import annotations

import gzip
import shlex
from pathlib import Path

from tests.e2e.cli.conftest import Command


def write_ratings(folder: Path) -> None:
    """A tiny set in the format of bitcoin-otc."""
    rows = [
        f"{actor},{target},{8 if (actor + target) % 3 else -5},{1_300_000_000 + actor * 977 + target * 61}"
        for actor in range(1, 41)
        for target in range(1, 41)
        if actor != target and (actor * 7 + target) % 3
    ]
    with gzip.open(folder / "soc-sign-bitcoinotc.csv.gz", "wt") as file:
        file.write("\n".join(["from,to,feature,time", *rows]) + "\n")


def test_the_printed_commands_work_as_they_stand(twofold: Command, tmp_path: Path) -> None:
    write_ratings(tmp_path)
    target = tmp_path / "a folder"
    ran = twofold("datasets", "prepare", "bitcoin-otc", "--from", str(tmp_path), "--to", str(target), "--json")
    assert ran.code == 0, ran.err
    steps = ran.document["next"]
    assert steps[0].startswith("export TWOFOLD_DATA_DIR=")
    data_dir = Path(shlex.split(steps[0])[1].partition("=")[2])
    assert data_dir.parent == target
    for step in steps[1:-1]:
        program, *arguments = shlex.split(step)
        assert program == "twofold"
        done = twofold(*arguments, data_dir=data_dir)
        assert done.code == 0, f"{step}\n{done.err}"
    assert steps[-1] == "twofold serve"
    said = twofold("datasets", "prepare", "bitcoin-otc", "--from", str(tmp_path), "--to", str(target)).out
    assert all(step in said for step in steps)
