"""Each benchmark runs by its one command and says what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_ingest_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    out = tmp_path / "ingest.json"
    script = str(ROOT / "benchmarks/ingest.py")
    command = [sys.executable, script, "--people", "300", "--events", "5000", "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "per second" in done.stdout
    report = json.loads(out.read_text())
    assert [row["what"] for row in report["rows"]] == ["events", "events with client ids"]
    assert report["rows"][0]["events"] == report["rows"][1]["events"] > 0
    assert all(row["ratio"] > 0 for row in report["rows"])
