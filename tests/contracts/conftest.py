"""Real servers for the contract suites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from twofold.storage.url import open_store
from twofold.testing.postgres import PostgresMissing, PostgresServer, running_postgres

TEMPLATE = "twofold_prepared"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server (each worker of pytest-xdist has its own session, so its own server)."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres())
        except PostgresMissing as error:
            pytest.skip(f"PostgreSQL cannot run here: {error}")
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a migrated, empty database to copy: a copy takes a fraction of a migration."""
    store = open_store(postgres.create_database(TEMPLATE))
    store.prepare()
    store.close()
    return TEMPLATE
