"""A whole log into a fresh SQLite file, as if it had come in one batch after the other, many times faster.

What the ordinary way does per batch is done once for all here: positions and keys are counted out, matches derived by
the same rule (`storage.matching`) over all likes, indexes and look-up tables made when all rows are there. Nothing is
safe against a crash meanwhile: build beside, and rename the file's folder when it is done.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.changes import PersonVersion
from twofold.domain.errors import Refused
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.body import encode_person
from twofold.storage.matching import Match, Pair, pair_of
from twofold.storage.sql.events import PART
from twofold.storage.sql.lookups import TABLES, filled
from twofold.storage.sql.person_rows import current_row, version_row
from twofold.storage.sql.schema import events, people, person_versions
from twofold.storage.url import open_store

BATCH = PART  # events of one commit of the ordinary way: their matches follow them in the log
PEOPLE_AT_ONCE = 5_000
ROWS_AT_ONCE = 200_000
CACHE_KIB = 262_144
CLIENT_BYTES = 16

Ints = NDArray[np.int64]
Done = Callable[[float], None]
_LIKES = (EventKind.LIKE, EventKind.SUPER_LIKE)
# Nothing that is half there is ever used: nothing is kept for going back, and the disk is waited for once at the end.
_FAST = ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", f"cache_size=-{CACHE_KIB}", "temp_store=FILE")


@dataclass(frozen=True, slots=True)
class BulkEvents:
    """Events in log order: keys of people (places among those loaded), `EventKind` numbers, Micros; all (m,).

    ``client`` (m, 16) uint8 are digests of client ids; None: the sender gave none.
    """

    actor: Ints
    target: Ints
    kind: NDArray[np.int8]
    at: Ints
    client: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.actor)


def bulk_load(
    file: Path,
    persons: Iterable[Person],
    given: BulkEvents,
    now: Micros,
    *,
    batch: int = BATCH,
    done: Done = lambda _share: None,
) -> int:
    """Fill a SQLite file that does not exist yet, or holds an empty log; the log's position after it.

    People get their keys in the order in which they come. The result is that of `put_people` with everybody and
    `append_events` with ``batch`` events at a time, at the moment ``now``.

    Raises:
        Refused: something is stored there already.
        sqlite3.IntegrityError: an event, a client id or a person comes twice.
    """
    _prepare(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        _check_empty(connection)
        for pragma in _FAST:
            connection.execute(f"PRAGMA {pragma}")
        indexes = _drop_indexes(connection)
        connection.execute("BEGIN")
        count = _put_people(connection, persons, now, done)
        position = _append(connection, given, count, now, batch, done)
        connection.execute("UPDATE log_head SET position = ?, next_key = ?", (position, count))
        for table, share in zip(TABLES, (0.8, 0.9, 0.95), strict=True):
            connection.execute(filled(table))
            done(share)
        connection.execute("UPDATE event_lookups SET sealed = ?, closed = ?", (position, position))
        connection.execute("COMMIT")
        for statement in indexes:
            connection.execute(statement)
        done(1.0)
    _settle(file)
    return position


def _prepare(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    try:
        store.prepare()
    finally:
        store.close()


def _check_empty(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT position, next_key FROM log_head").fetchone() != (0, 0):
        raise Refused("not_empty", "a whole log can be loaded into an empty database only; name another file")


def _drop_indexes(connection: sqlite3.Connection) -> list[str]:
    """Drop the indexes of the tables that are filled; the statements that make them again, word for word."""
    names = (people.name, person_versions.name, events.name)
    rows = connection.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {names}"
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}")
    return [statement for _, statement in rows]


def _put_people(connection: sqlite3.Connection, persons: Iterable[Person], now: Micros, done: Done) -> int:
    count, rest = 0, iter(persons)
    while some := list(islice(rest, PEOPLE_AT_ONCE)):
        versions = [
            PersonVersion(key + 1, key, now, now, person, age_unknown=False) for key, person in enumerate(some, count)
        ]
        _insert(connection, people.name, [_bound(current_row(version)) for version in versions])
        bodies = [encode_person(version.person) for version in versions]
        _insert(connection, person_versions.name, list(map(version_row, versions, bodies)))
        count += len(some)
        done(0.0)
    return count


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, object]]) -> None:
    names = ", ".join(rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)


def _bound(row: dict[str, object]) -> dict[str, object]:
    """Dates as SQLAlchemy writes them into SQLite."""
    birth: Any = row["birth_date"]
    return {**row, "birth_date": None if birth is None else birth.isoformat()}


def _append(connection: sqlite3.Connection, given: BulkEvents, count: int, now: Micros, batch: int, done: Done) -> int:
    """Events at the positions after those of the people, the matches of each batch after it."""
    for side in (given.actor, given.target):
        if len(side) and not 0 <= side.min() <= side.max() < count:
            raise Refused("unknown_person", "an event names somebody who is not among the people")
    made_by, matches = derived(given)
    batches = np.arange(-(-len(given) // batch))
    before = np.searchsorted(made_by // batch, batches, side="left")  # matches of earlier batches
    statement = (
        "INSERT INTO events (position, actor, target, kind, at, received_at, client) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    for start in range(0, len(given), ROWS_AT_ONCE):
        connection.executemany(statement, _rows(given, slice(start, start + ROWS_AT_ONCE), count, batch, before, now))
        done(0.7 * min(1.0, (start + ROWS_AT_ONCE) / len(given)))
    ends = np.minimum((made_by // batch + 1) * batch, len(given))
    positions = (count + 1 + ends + np.arange(len(matches))).tolist()
    connection.executemany(
        statement,
        (
            (position, match.actor, match.target, int(EventKind.MATCH), match.at, now, None)
            for position, match in zip(positions, matches, strict=True)
        ),
    )
    return count + len(given) + len(matches)


def _rows(
    given: BulkEvents, rows: slice, count: int, batch: int, before: Ints, now: Micros
) -> Iterator[tuple[object, ...]]:
    place = np.arange(*rows.indices(len(given)))
    position = count + 1 + place + before[place // batch]
    columns = [column[rows].tolist() for column in _columns(given)]
    clients: Iterable[bytes | None] = [None] * len(place)
    if given.client is not None:
        joined = given.client[rows].tobytes()
        clients = (joined[at : at + CLIENT_BYTES] for at in range(0, len(joined), CLIENT_BYTES))
    return zip(position.tolist(), *columns, [now] * len(place), clients, strict=True)


def _columns(given: BulkEvents) -> tuple[NDArray[np.signedinteger[Any]], ...]:
    return given.actor, given.target, given.kind, given.at


def derived(given: BulkEvents) -> tuple[Ints, list[Match]]:
    """Places (k,) of the likes that made a match, rising, and the matches.

    Only pairs that liked each other are looked at one by one.
    """
    people_ = int(max(given.actor.max(initial=0), given.target.max(initial=0))) + 1
    likes = np.flatnonzero(np.isin(given.kind, _LIKES))
    forth = given.actor[likes] * people_ + given.target[likes]
    back = given.target[likes] * people_ + given.actor[likes]
    for codes in (forth, back):
        codes.sort()
    mutual = forth[_among(forth, back)]
    told = np.flatnonzero(np.isin(given.kind, (*_LIKES, EventKind.UNMATCH)))
    told = told[
        _among(given.actor[told] * people_ + given.target[told], mutual)
        | _among(given.target[told] * people_ + given.actor[told], mutual)
    ]
    low, high = np.minimum(given.actor[told], given.target[told]), np.maximum(given.actor[told], given.target[told])
    told = told[
        np.argsort(low * people_ + high, kind="stable")
    ]  # pair by pair, each in log order: one is held at a time
    made_by, matches = [], []
    present, pair = (-1, -1), Pair()
    for place, actor, target, kind, at in zip(told.tolist(), *(c[told].tolist() for c in _columns(given)), strict=True):
        if present != pair_of(actor, target):
            present, pair = pair_of(actor, target), Pair()
        match = pair.see(actor, target, kind, at)
        if match is not None:
            made_by.append(place)
            matches.append(match)
    order = np.argsort(np.array(made_by, np.int64), kind="stable")
    return np.array(made_by, np.int64)[order], [matches[place] for place in order.tolist()]


def _among(codes: Ints, rising: Ints) -> NDArray[np.bool_]:
    """(m,) whether each code is one of the rising ones."""
    if not len(rising):
        return np.zeros(len(codes), bool)
    place = np.minimum(np.searchsorted(rising, codes), len(rising) - 1)
    return np.asarray(rising[place] == codes)


def _settle(file: Path) -> None:
    """Back to how every connection of the product opens it, and on disk."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
