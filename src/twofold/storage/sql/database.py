"""One database: its connections, and the two kinds of transaction everything goes through."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection, event, select, update

from twofold.domain.errors import Unavailable
from twofold.storage.sql.failure import translated
from twofold.storage.sql.lookups import Lookups
from twofold.storage.sql.schema import log_head
from twofold.storage.sql.tombstones import Tombstones
from twofold.storage.sql.turns import Turns

HEAD = select(log_head.c.position)
_HEAD_TEXT = str(HEAD)
LOCK_SECONDS = 15.0
# How often a process asks for SQLite's write lock while another one has it. SQLite's own waiting grows to 100 ms, so
# that whoever has waited long asks least often.
ASK_AGAIN_SECONDS = 0.001
# After a write that somebody waited for, others are expected for so long: whoever writes much keeps it short meanwhile.
PRESSED_SECONDS = 10.0
# The log of changed pages is emptied after so many rows, or half as many commits of one row; SQLite itself does so only
# when it holds 64 MB in spite of that.
SETTLE_ROWS, ROWS_PER_COMMIT, OVERFLOW_PAGES = 25_000, 100, 16_384
# Pages of the look-up tables that a batch touches, of the connection that writes and of those that read: of these
# tables hardly more than the inner pages come again; SQLite's default of 2 MB would thrash.
CACHE_KIB, READING_CACHE_KIB = 65_536, 16_384


class LogWriter:
    """The log's single row, held by one write transaction: gives out positions and keys.

    Attributes:
        connection: the transaction's connection.
        position: the last position given out.
        next_key: the key the next new person gets.
        lookups: what the log knows, on SQLite, after `follow`; None where indexes tell.
    """

    def __init__(self, connection: Connection, position: int, next_key: int, lookups: Lookups | None) -> None:
        self.connection = connection
        self.lookups = lookups
        self.position = position
        self.next_key = next_key
        self._before = (position, next_key)

    @property
    def cursor(self) -> Any:
        """A cursor of the driver's own: SQLAlchemy's costs as much per row as the database."""
        return self.connection.connection.cursor()

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
    commit in order and without gaps (ADR 0002). On SQLite all writing goes through one connection, which holds what the
    process knows of the log (`Lookups`), and threads queue for it: SQLite's own waiting is polling, and unfair.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        self.tombstones = Tombstones()
        self._turns = Turns()
        self._writer: Connection | None = None
        # SQLite: the head is read with a connection of its own, which the pool is not asked for each time.
        self._watching = threading.Lock()
        self._watch: PoolProxiedConnection | None = None
        self._watcher: Any = None  # the same, the driver's own
        self._settling = threading.Lock()
        self._unsettled = self._changes = 0
        self._urgent_at = float("-inf")
        self._patience = LOCK_SECONDS
        self._single = engine if self.sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._snapshot = engine if self.sqlite else engine.execution_options(**snapshot)
        if self.sqlite:
            event.listen(engine, "connect", _configure_sqlite)

    @contextmanager
    def write(self, urgent: bool = True) -> Iterator[LogWriter]:
        """A write transaction: commits at the end of the block, or leaves nothing behind.

        Args:
            urgent: it is short and somebody waits for it; False lets those that are go first (SQLite).
        """
        if urgent:
            self._urgent_at = time.monotonic()
        with translated(), self.begin(urgent) as connection:
            row = connection.execute(select(log_head.c.position, log_head.c.next_key).with_for_update()).one_or_none()
            if row is None:
                raise Unavailable("the database has not been prepared; run the migrations (prepare) first")
            self.tombstones.refresh(connection)
            lookups = Lookups(connection.connection.cursor()) if self.sqlite else None
            writer = LogWriter(connection, row.position, row.next_key, lookups)
            yield writer
            writer.finish()

    @contextmanager
    def begin(self, urgent: bool = True) -> Iterator[Connection]:
        """A transaction that may write, without the log's row: for the schema itself."""
        if self.sqlite:
            with translated(), self._turns.take(urgent, LOCK_SECONDS) as mine:
                if not mine:
                    raise Unavailable("the database is busy with other writes of this process; try again")
                with self._writing("BEGIN IMMEDIATE") as connection:
                    yield connection
                self._unsettled += self._written()
            self._settle()
            return
        with translated(), self.engine.connect() as connection:
            yield connection
            connection.commit()

    @property
    def pressed(self) -> bool:
        """Whether somebody of this process wrote lately who was waited for."""
        return time.monotonic() - self._urgent_at < PRESSED_SECONDS

    def warm(self) -> None:
        """SQLite: read what the first append would have to, without keeping other processes from writing meanwhile."""
        if not self.sqlite:
            return
        with translated(), self._turns.take(True, LOCK_SECONDS) as mine:
            if mine:
                with self._writing("BEGIN") as connection:
                    head = connection.execute(select(log_head.c.position)).scalar_one_or_none()
                    self.tombstones.refresh(connection)
                    Lookups(connection.connection.cursor()).follow(head or 0, self.tombstones)

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

    def head(self) -> int:
        """The log's last position; every list begins with this, so SQLite is asked without a detour."""
        if not self.sqlite:
            with self.single() as connection:
                return connection.execute(HEAD).scalar_one_or_none() or 0
        with self._watching:
            try:
                if self._watch is None:
                    self._watch = self.engine.raw_connection()
                    self._watcher = self._watch.driver_connection
                rows = self._watcher.execute(_HEAD_TEXT).fetchall()
            except Exception:
                self._unwatch()
                with translated():
                    raise
        return int(rows[0][0]) if rows else 0

    def close(self) -> None:
        """Give back connections."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        with self._watching:
            self._unwatch()
        self.engine.dispose()

    def _unwatch(self) -> None:
        """Give back the connection that the head is read with."""
        if self._watch is not None:
            self._watch.close()
            self._watch = self._watcher = None

    def _written(self) -> int:
        """Rows that the writing connection has changed since it was last asked."""
        assert self._writer is not None
        before, self._changes = self._changes, _driver(self._writer).total_changes
        return max(0, self._changes - before) + ROWS_PER_COMMIT

    def _settle(self) -> None:
        """Move pages from the write-ahead log into the file, once there are many, while others may write.

        SQLite does so inside a commit, which holds its write lock; here whoever made it necessary waits alone.
        """
        if self._unsettled < SETTLE_ROWS or not self._settling.acquire(blocking=False):
            return
        try:
            self._unsettled = 0
            with self.single() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            self._settling.release()

    @contextmanager
    def _writing(self, begin: str) -> Iterator[Connection]:
        """A transaction on the one connection that writes to SQLite; whoever has the turn."""
        if self._writer is None:
            self._writer = self.engine.connect()
            self._patience = self._writer.exec_driver_sql("PRAGMA busy_timeout").scalar_one() / 1_000
            self._writer.exec_driver_sql("PRAGMA busy_timeout=0")
            self._writer.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")
            self._writer.rollback()
        connection = self._writer
        try:
            connection.begin()
            _insist(_driver(connection), begin, self._patience)
            yield connection
            connection.commit()
        except BaseException:
            try:
                connection.rollback()
            except Exception:
                self._writer = None
                connection.invalidate()
                raise
            raise


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _insist(driver: Any, statement: str, patience: float) -> None:
    """Run a statement, asking for the lock that it takes again and again for so many seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            driver.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(ASK_AGAIN_SECONDS)
        else:
            return


def _configure_sqlite(connection: Any, _record: object) -> None:
    """Settings of every SQLite connection.

    The driver begins no transaction of its own; WAL lets readers and one writer work at once, and a new file changes to
    it once: of several that try, SQLite turns all but one away without waiting; FULL means that what was acknowledged
    survives a power cut; secure_delete overwrites what is deleted, so that an erased person is gone; what a process
    knows of the log (`Lookups`) never goes to a file.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0] / 1_000
        _insist(connection, "PRAGMA journal_mode=WAL", patience)
        for pragma in (
            "synchronous=FULL",
            "secure_delete=ON",
            "temp_store=MEMORY",
            f"cache_size=-{READING_CACHE_KIB}",
            f"wal_autocheckpoint={OVERFLOW_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()
