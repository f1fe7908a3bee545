"""A store in memory and files made of lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twofold.storage.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A file of these lines."""

    def made(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return made
