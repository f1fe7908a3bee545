"""New events into the log: exact about repeats, without gaps, as fast as each database can."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from twofold.domain.changes import EventBatch

_INSERT_AT = (
    "INSERT INTO events (position, actor, target, kind, at, received_at, client) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_INSERT_NEXT = (
    "INSERT INTO events (actor, target, kind, at, received_at, client) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
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
_COPY = "COPY events (position, actor, target, kind, at, received_at, client) FROM STDIN"

Act = tuple[int, int, int, int, bytes | None]


def prefer_indexes(connection: Connection) -> None:
    """For the rest of this transaction, look rows up one by one (PostgreSQL; SQLite does so anyway)."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_BY_INDEX)


def append(connection: Connection, head: int, batch: EventBatch, now: int) -> int:
    """Insert what is new of a batch at the positions after ``head``; how many rows that were.

    The caller holds the log's row, so nothing else is appended meanwhile.
    """
    if connection.dialect.name == "sqlite":
        return _append_sqlite(connection, head, batch, now)
    return _append_postgres(connection, head, batch, now)


def _append_sqlite(connection: Connection, head: int, batch: EventBatch, now: int) -> int:
    """SQLite gives a row without a position the highest one plus 1, and none to a repeat it leaves out.

    So only the first new row names its position (the last event need not be the last change), and positions come
    out without gaps in one `executemany`.
    """
    rows = ((actor, target, kind, at, now, client) for actor, target, kind, at, client in batch.rows())
    cursor = _cursor(connection)
    try:
        for row in rows:
            cursor.execute(_INSERT_AT, (head + 1, *row))
            if cursor.rowcount:
                break
        else:
            return 0
        cursor.executemany(_INSERT_NEXT, rows)
        cursor.execute("SELECT max(position) FROM events")
        last: int = cursor.fetchone()[0]
    finally:
        cursor.close()
    return last - head


def _append_postgres(connection: Connection, head: int, batch: EventBatch, now: int) -> int:
    """Ask once which rows are known, leave out what repeats inside the batch, COPY the rest."""
    fresh = _without_repeats(batch, _known(connection, batch))
    if not fresh:
        return 0
    lines = [
        f"{position}\t{actor}\t{target}\t{kind}\t{at}\t{now}\t{_copied(client)}\n"
        for position, (actor, target, kind, at, client) in enumerate(fresh, head + 1)
    ]
    cursor = _cursor(connection)
    try:
        with cursor.copy(_COPY) as copy:
            copy.write("".join(lines))
    finally:
        cursor.close()
    return len(fresh)


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


def _cursor(connection: Connection) -> Any:
    """The driver's own cursor: SQLAlchemy's costs as much per row as the database."""
    return connection.connection.cursor()
