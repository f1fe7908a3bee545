"""Many rows in few statements: the driver gives Python's lock away and asks for it again with every statement it runs,
and where other threads are at work it waits for it each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

# Rows of one statement: with more, binding their values takes longer than what is saved.
AT_ONCE = 50


def insert_rows(cursor: Any, into: str, columns: int, rows: Iterable[tuple[object, ...]]) -> None:
    """Insert rows of so many columns; ``into`` is a table and its columns (SQLite).

    >>> import sqlite3
    >>> cursor = sqlite3.connect(":memory:").cursor()
    >>> _ = cursor.execute("CREATE TABLE pairs (one, other)")
    >>> insert_rows(cursor, "pairs (one, other)", 2, ((row, 2 * row) for row in range(70)))
    >>> cursor.execute("SELECT count(*), sum(other) FROM pairs").fetchone()
    (70, 4830)
    """
    one = f"({', '.join('?' * columns)})"
    for some in _parts(rows):
        values = ", ".join([one] * len(some))
        cursor.execute(f"INSERT INTO {into} VALUES {values}", tuple(chain.from_iterable(some)))


def _parts(rows: Iterable[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield some
