"""Tiny made-up sources in the form of the public ones."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest


@pytest.fixture
def source_file(tmp_path: Path) -> Callable[[str, Iterable[Iterable[object]]], Path]:
    """Writes rows (the first is the header) as CSV below ``tmp_path/source``, packed when the name says so."""

    def made(name: str, rows: Iterable[Iterable[object]]) -> Path:
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        content = text.getvalue().encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return made
