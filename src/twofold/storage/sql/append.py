"""New events into the log: exact about repeats and without gaps."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from twofold.domain.changes import EventBatch
from twofold.storage.sql.ahead import Ahead
from twofold.storage.sql.database import LogWriter
from twofold.storage.sql.inserts import insert_rows

_COLUMNS = 7
_INTO = "events (position, actor, target, kind, at, received_at, client)"
_KNOWN = """
SELECT given.n - 1
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bytea[])
     WITH ORDINALITY AS given (actor, target, kind, at, client, n)
WHERE EXISTS (SELECT 1 FROM events e WHERE e.at = given.at AND e.actor = given.actor
              AND e.target = given.target AND e.kind = given.kind)
   OR EXISTS (SELECT 1 FROM events e WHERE e.client = given.client AND e.client IS NOT NULL)
"""
# Every look-up of an append goes through an index. The planner cannot know: it guesses a third of the table for "after
# a position", and worse for a table it has not analysed yet, so it would scan millions of rows per batch.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_COPY = f"COPY {_INTO} FROM STDIN"

Act = tuple[int, int, int, int, bytes | None]


def prefer_indexes(connection: Connection) -> None:
    """For the rest of this transaction, look rows up one by one (PostgreSQL; SQLite does so anyway)."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_BY_INDEX)


def append(log: LogWriter, batch: EventBatch, now: int, ahead: Ahead | None = None) -> int:
    """Insert what is new of a batch at the log's next positions; how many rows that were."""
    known = _known(log.connection, batch) if log.lookups is None else log.lookups.known(batch, ahead)
    fresh = _without_repeats(batch, known)
    if fresh and log.lookups is None:
        _copy(log, fresh, now)
    elif fresh:
        rows = ((position, *act, now, client) for position, (*act, client) in enumerate(fresh, log.position + 1))
        insert_rows(log.cursor, _INTO, _COLUMNS, rows)
    log.position += len(fresh)
    if log.lookups is not None:
        log.lookups.added(log.position)
    return len(fresh)


def _copy(log: LogWriter, fresh: list[Act], now: int) -> None:
    lines = [
        f"{position}\t{actor}\t{target}\t{kind}\t{at}\t{now}\t{_copied(client)}\n"
        for position, (actor, target, kind, at, client) in enumerate(fresh, log.position + 1)
    ]
    with log.cursor.copy(_COPY) as copy:
        copy.write("".join(lines))


def _known(connection: Connection, batch: EventBatch) -> set[int]:
    """Which rows (by index) the log holds already."""
    clients = ",".join("NULL" if client is None else f'"\\\\x{client.hex()}"' for client in batch.client)
    columns = [_array(column) for column in (batch.actor, batch.target, batch.kind, batch.at)]
    result = connection.exec_driver_sql(_KNOWN, (*columns, f"{{{clients}}}"))
    return set(result.scalars())


def _without_repeats(batch: EventBatch, known: set[int]) -> list[Act]:
    """What is new, judged row by row: only an accepted row makes a later one a repeat."""
    fresh: list[Act] = []
    acts: set[tuple[int, int, int, int]] = set()
    clients: set[bytes] = set()
    for index, row in enumerate(batch.rows()):
        act, client = row[:4], row[4]
        if index in known or act in acts or (client is not None and client in clients):
            continue
        acts.add(act)
        if client is not None:
            clients.add(client)
        fresh.append(row)
    return fresh


def _array(values: Iterable[int]) -> str:
    return f"{{{','.join(map(str, values))}}}"


def _copied(client: bytes | None) -> str:
    return r"\N" if client is None else f"\\\\x{client.hex()}"
