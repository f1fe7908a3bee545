"""The contract of a store on every store there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from twofold.domain.ports import Store
from twofold.storage.url import open_store
from twofold.testing.contracts.storage import StoreContract
from twofold.testing.postgres import PostgresServer

_NUMBERS = count(1)


class TestMemoryStore(StoreContract):
    """The shipped fake."""

    @pytest.fixture
    def store(self) -> Store:
        return open_store("memory:")


class TestSqliteStore(StoreContract):
    """SQLite, in a file."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = open_store(f"sqlite:///{tmp_path}/deep/down/twofold.db")
        store.prepare()
        yield store
        store.close()


class TestPostgresStore(StoreContract):
    """PostgreSQL, a real server; each test gets a database of its own."""

    @pytest.fixture
    def store(self, postgres: PostgresServer, postgres_template: str) -> Iterator[Store]:
        name = f"test_{next(_NUMBERS)}"
        store = open_store(postgres.create_database(name, postgres_template))
        yield store
        store.close()
        postgres.drop_database(name)
