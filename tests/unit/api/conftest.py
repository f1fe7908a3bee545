"""The application on the shipped fake store, called in process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.entrypoints.api.app import create_app
from twofold.services.chance import daily_chance
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette's test client prefers a successor of httpx that is not needed here
    from starlette.testclient import TestClient


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def twofold(tmp_path: Path, store: MemoryStore) -> Twofold:
    settings = Settings(data_dir=tmp_path, auto_train=False)
    return assemble(settings, store=store, chance=daily_chance(7))


@pytest.fixture
def client(twofold: Twofold) -> Iterator[TestClient]:
    """The application with twelve people, p0 to p11."""
    with TestClient(create_app(twofold)) as client:
        people = [{"id": f"p{number}", "birth_date": f"199{number % 10}-03-01"} for number in range(12)]
        assert client.post("/v1/people/bulk", json={"people": people}).json()["stored"] == 12
        yield client
