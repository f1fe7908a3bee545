"""The application on real databases, called in process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.entrypoints.api.app import create_app
from twofold.settings import Settings
from twofold.testing.postgres import PostgresMissing, PostgresServer, running_postgres

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette's test client prefers a successor of httpx that is not needed here
    from starlette.testclient import TestClient


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server."""
    try:
        with running_postgres() as server:
            yield server
    except PostgresMissing as error:
        pytest.skip(f"PostgreSQL cannot run here: {error}")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def twofold(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Twofold:
    folder: Path = tmp_path_factory.mktemp("data")
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database(f"api_{folder.name}")
    return assemble(Settings(data_dir=folder, database_url=url, auto_train=False))


@pytest.fixture(scope="module")
def client(twofold: Twofold) -> Iterator[TestClient]:
    """The application with three people: a, b and c."""
    with TestClient(create_app(twofold)) as client:
        people = [{"id": each, "birth_date": "1990-03-01"} for each in "abc"]
        assert client.post("/v1/people/bulk", json={"people": people}).status_code == 200
        yield client
