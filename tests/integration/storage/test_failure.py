"""What a store says when its database cannot do what is asked."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.domain.changes import EventBatch
from twofold.domain.errors import Unavailable
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.storage.sql.failure import translated
from twofold.storage.url import open_store

NOW = Micros(1_000_000)
VERY_PRIVATE = Person(id="very-private-id", bio="very private")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A prepared database with one person."""
    store = open_store(f"sqlite:///{tmp_path}/twofold.db")
    store.prepare()
    store.put_people([(Person(id="a"), True)], NOW)
    store.close()
    return tmp_path / "twofold.db"


@pytest.fixture
def locked(path: Path) -> Iterator[Store]:
    """A store that does not wait, while another program holds the write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = open_store(f"sqlite:///{path}?timeout=0")
    yield store
    store.close()
    other.close()


def test_a_locked_database_is_unavailable_for_writing_only(locked: Store) -> None:
    with pytest.raises(Unavailable, match="locked") as failed:
        locked.put_people([(VERY_PRIVATE, True)], NOW)
    assert "private" not in str(failed.value)
    with pytest.raises(Unavailable, match="locked"):
        locked.append_events(EventBatch([0], [0], [5], [1], [None]), NOW)
    assert (locked.head(), locked.count_people()) == (1, 1)


def test_a_failed_write_does_not_keep_the_next_from_its_turn(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = open_store(f"sqlite:///{path}?timeout=0")
    with pytest.raises(Unavailable):
        store.put_people([(VERY_PRIVATE, True)], NOW)
    other.close()
    assert store.put_people([(VERY_PRIVATE, True)], NOW) != [None]
    store.close()


def test_a_read_only_database_is_unavailable_for_writing_only(path: Path) -> None:
    store = open_store(f"sqlite:///file:{path}?mode=ro&uri=true")
    with pytest.raises(Unavailable, match="read-only") as failed:
        store.put_people([(VERY_PRIVATE, True)], NOW)
    assert "private" not in str(failed.value)
    assert store.count_people() == 1
    store.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "twofold.db").write_text("a letter, not a database " * 100)
    store = open_store(f"sqlite:///{tmp_path}/twofold.db")
    with pytest.raises(Unavailable, match="not a SQLite database"):
        store.ping()
    store.close()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}")
    with pytest.raises(Unavailable, match="cannot be opened"):
        store.ping()
    store.close()


def test_a_full_disk_is_named(path: Path) -> None:
    """A page limit fails as a full disk does."""
    connection = sqlite3.connect(path)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="disk is full"), translated():
        connection.execute("CREATE TABLE filler AS SELECT zeroblob(1000000)")
    connection.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        store = open_store(f"postgresql://somebody:secret@127.0.0.1:{probe.getsockname()[1]}/town")
        with pytest.raises(Unavailable, match="cannot be reached") as failed:
            store.ping()
    assert "secret" not in str(failed.value)
    store.close()
