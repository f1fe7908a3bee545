"""One database: its connections, and the two kinds of transaction everything goes through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, event, select, update

from twofold.domain.errors import Unavailable
from twofold.storage.sql.failure import translated
from twofold.storage.sql.schema import log_head
from twofold.storage.sql.tombstones import Tombstones

# A commit of 10,000 events on a large table holds SQLite's write lock for 0.6 s; this lets some two dozen pass.
LOCK_SECONDS = 15.0
CACHE_KIB = 65_536  # pages of the likes index that a batch touches; SQLite's default of 2 MB would thrash


class LogWriter:
    """The log's single row, held by one write transaction: gives out positions and keys.

    Attributes:
        connection: the transaction's connection.
        position: the last position given out.
        next_key: the key the next new person gets.
    """

    def __init__(self, connection: Connection, position: int, next_key: int) -> None:
        self.connection = connection
        self.position = position
        self.next_key = next_key
        self._before = (position, next_key)

    def advance(self) -> int:
        """The next position."""
        self.position += 1
        return self.position

    def new_key(self) -> int:
        """The next person key."""
        self.next_key += 1
        return self.next_key - 1

    def finish(self) -> None:
        """Write the row back if it moved."""
        if (self.position, self.next_key) != self._before:
            self.connection.execute(update(log_head).values(position=self.position, next_key=self.next_key))


class Database:
    """Connections to one database, safe to use from several threads.

    A write transaction begins by taking the row of ``log_head`` and keeps it until its commit, so that positions
    commit in order and without gaps (ADR 0002). On SQLite threads of one process queue on a lock of their own first:
    SQLite's waiting is polling, and unfair.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        self.tombstones = Tombstones()
        self._turn = threading.Lock()
        self._single = engine if self.sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._snapshot = engine if self.sqlite else engine.execution_options(**snapshot)
        if self.sqlite:
            event.listen(engine, "connect", _configure_sqlite)

    @contextmanager
    def write(self) -> Iterator[LogWriter]:
        """A write transaction: commits at the end of the block, or leaves nothing behind."""
        with translated(), self.begin() as connection:
            row = connection.execute(select(log_head.c.position, log_head.c.next_key).with_for_update()).one_or_none()
            if row is None:
                raise Unavailable("the database has not been prepared; run the migrations (prepare) first")
            self.tombstones.refresh(connection)
            writer = LogWriter(connection, row.position, row.next_key)
            yield writer
            writer.finish()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that may write, without the log's row: for the schema itself."""
        with translated(), self._in_turn(), self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: every statement in it sees the same moment."""
        with translated(), self._snapshot.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """A connection for statements that each stand alone: no transaction is begun or ended around them."""
        with translated(), self._single.connect() as connection:
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self.sqlite:
            with nullcontext():
                yield
            return
        if not self._turn.acquire(timeout=LOCK_SECONDS):
            raise Unavailable("the database is busy with other writes of this process; try again")
        try:
            yield
        finally:
            self._turn.release()


def _configure_sqlite(connection: Any, _record: object) -> None:
    """Settings of every SQLite connection.

    The driver begins no transaction of its own; WAL lets readers and one writer work at once; FULL means that what was
    acknowledged survives a power cut; secure_delete overwrites what is deleted, so that an erased person is gone.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"cache_size=-{CACHE_KIB}"):
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()
