"""Migrations on SQLite, and what a store says of a schema that is not its own."""

from __future__ import annotations

import re
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from twofold.domain.errors import Unavailable
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.sql.migrations.steps import newest_revision
from twofold.storage.sql.schema import REVISION, metadata, sqlite_metadata
from twofold.storage.url import open_store

NOW = Micros(1_000_000)


def _prepared(path: Path) -> Path:
    store = open_store(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


def _statements(path: Path) -> dict[str, str]:
    """What made each table and index, without spacing and the order of a table's lines."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    finally:
        connection.close()
    return {name: re.sub(r"\s+", " ", sql) for name, sql in rows if name != "alembic_version"}


def _run(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def test_the_migrated_schema_is_the_declared_one(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/declared.db")
    metadata.create_all(engine)
    sqlite_metadata.create_all(engine)
    engine.dispose()
    declared = _statements(tmp_path / "declared.db")
    assert _statements(_prepared(tmp_path / "migrated.db")) == declared
    assert len(declared) == 17 + 6  # tables (one of them SQLite's own, of sequences) and named indexes


def test_the_release_needs_the_newest_migration() -> None:
    assert newest_revision() == REVISION


def test_reopening_finds_everything(tmp_path: Path) -> None:
    path = _prepared(tmp_path / "twofold.db")
    store = open_store(f"sqlite:///{path}")
    [version] = store.put_people([(Person(id="a"), True)], NOW)
    store.remove_person("a", NOW)
    store.put_people([(Person(id="b"), True)], NOW)
    store.close()
    again = open_store(f"sqlite:///{path}")
    again.prepare()
    again.ping()
    assert version is not None
    assert (again.head(), again.keys_of(["a", "b"]), again.erased(["a", "b"])) == (3, {"b": 1}, {"a"})
    again.close()


@pytest.mark.parametrize("again", range(10))
def test_several_may_prepare_an_empty_file_at_once(tmp_path: Path, again: int) -> None:
    stores = [open_store(f"sqlite:///{tmp_path}/twofold.db") for _ in range(4)]
    threads = [threading.Thread(target=store.prepare) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.ping()
        assert (store.head(), store.count_people()) == (0, 0)
        store.close()


def test_a_database_that_was_never_prepared_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/twofold.db")
    for ask in (store.ping, store.head, store.count_people, lambda: store.put_people([(Person(id="a"), True)], NOW)):
        with pytest.raises(Unavailable, match="prepare"):
            ask()
    store.close()


def test_a_schema_of_another_release_is_refused(tmp_path: Path) -> None:
    path = _prepared(tmp_path / "twofold.db")
    _run(path, "UPDATE alembic_version SET version_num = '9999'")
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="another release"):
        store.ping()
    with pytest.raises(Unavailable, match="newer release"):
        store.prepare()
    store.close()
