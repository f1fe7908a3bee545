"""The log in a SQL database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import BindParameter, Connection, bindparam, func, select

from twofold.domain.changes import Appended, Changes, EventBatch, EventColumns, PersonVersion, Removal
from twofold.domain.time import Micros
from twofold.storage.columns import check_keys, plain
from twofold.storage.sql.ahead import Ahead, look_ahead
from twofold.storage.sql.append import append, prefer_indexes
from twofold.storage.sql.database import HEAD, Database, LogWriter
from twofold.storage.sql.matches import derived_matches
from twofold.storage.sql.person_rows import VERSION_COLUMNS, version_from
from twofold.storage.sql.schema import events, person_versions, tombstones
from twofold.storage.sql.tombstones import read_salt
from twofold.storage.tombstone import log_identity

EVENT_CHUNK = 100_000  # rows per read: some 10 MB as Python values, few enough statements
PERSON_CHUNK = 10_000
# Events of one commit: what is more urgent waits for one of them at most, some 7 ms. Twice as many after each commit of
# a request where nobody else writes: an import into a database that nobody waits for is not cut small.
PART, LARGEST_PART = 250, 4_000
FEW = 16  # a request with so many events does not wait for those with more
# Between two commits of one request, so that a waiting process can have its turn: it asks every millisecond.
PAUSE_SECONDS = 0.001

_AFTER: BindParameter[int] = bindparam("after")
_UP_TO: BindParameter[int] = bindparam("up_to")
_LIMIT: BindParameter[int] = bindparam("most")
_EVENTS = (
    select(events.c.position, events.c.actor, events.c.target, events.c.kind, events.c.at)
    .where(events.c.position > _AFTER, events.c.position <= _UP_TO)
    .order_by(events.c.position)
    .limit(_LIMIT)
)
_VERSIONS = (
    select(*VERSION_COLUMNS)
    .where(person_versions.c.position > _AFTER, person_versions.c.position <= _UP_TO)
    .order_by(person_versions.c.position)
    .limit(_LIMIT)
)
_REMOVALS = (
    select(tombstones.c.position, tombstones.c.key)
    .where(tombstones.c.position > _AFTER, tombstones.c.position <= _UP_TO)
    .order_by(tombstones.c.position)
)


class SqlEvents:
    """The port `EventStore`."""

    _database: Database

    def append_events(self, batch: EventBatch, now: Micros) -> Appended:
        """Append what is new and the matches it makes, in as many commits as keep each of them short.

        The matches of a commit's events follow them in the log; their own time is that of the later like.
        """
        given, accepted, position, start, size = plain(batch), 0, None, 0, PART
        ahead = self._look_ahead(given)
        while start < len(given):
            if start:
                time.sleep(PAUSE_SECONDS)
            with self._database.write(urgent=len(given) <= FEW) as log:
                check_keys(given, log.next_key, self._database.tombstones.keys)
                if position is not None:
                    alone = log.position == position and not self._database.pressed
                    size = min(2 * size, LARGEST_PART) if alone else PART
                some = given.part(start, start + size)
                accepted += self._append(log, some, now, ahead and ahead.part(start, start + size))
                position = log.position
            start += size
        return Appended(accepted, len(given) - accepted, self.head() if position is None else position)

    def _look_ahead(self, given: EventBatch) -> Ahead | None:
        """What can be known of a large batch before its turn; of a small one it is sooner asked then."""
        if len(given) <= FEW or not self._database.sqlite:
            return None
        with self._database.read() as connection:
            return look_ahead(connection, given)

    def _append(self, log: LogWriter, given: EventBatch, now: Micros, ahead: Ahead | None) -> int:
        prefer_indexes(log.connection)
        before = log.position
        if log.lookups is not None:
            log.lookups.follow(before, self._database.tombstones)
            ahead = ahead if ahead is not None and log.lookups.holds(ahead) else None
        accepted = append(log, given, now, ahead)
        if accepted:
            matches = derived_matches(log, before, ahead)
            if len(matches):
                append(log, matches, now)
        if log.lookups is not None:
            log.lookups.seal(log.position - before)
        return accepted

    def head(self) -> int:
        """The log's last position."""
        return self._database.head()

    def identity(self) -> str:
        """Made with the database."""
        with self._database.single() as connection:
            return log_identity(read_salt(connection))

    def changes_after(self, position: int) -> Changes:
        """Everything accepted after a position; nothing new costs one row read."""
        if self.head() <= position:
            return Changes(position, (), EventColumns.empty(), ())
        with self._database.read() as connection:
            head = connection.execute(HEAD).scalar_one()
            span = {"after": position, "up_to": head}
            everything = {**span, "most": head - position}
            return Changes(
                position=head,
                people=tuple(version_from(row) for row in connection.execute(_VERSIONS, everything)),
                events=_columns(_fetch(connection, everything)),
                removals=tuple(Removal(at, key) for at, key in connection.execute(_REMOVALS, span)),
            )

    def people_versions(self) -> Iterator[PersonVersion]:
        """All versions up to the present head, read in parts: no transaction stays open between them."""
        after, head = 0, self.head()
        while True:
            with self._database.single() as connection:
                rows = connection.execute(_VERSIONS, {"after": after, "up_to": head, "most": PERSON_CHUNK}).all()
            yield from map(version_from, rows)
            if len(rows) < PERSON_CHUNK:
                return
            after = rows[-1].position

    def events(self) -> Iterator[EventColumns]:
        """All events up to the present head, in chunks; no transaction stays open between them."""
        after, head = 0, self.head()
        while True:
            with self._database.single() as connection:
                rows = _fetch(connection, {"after": after, "up_to": head, "most": EVENT_CHUNK})
            if rows:
                yield _columns(rows)
            if len(rows) < EVENT_CHUNK:
                return
            after = rows[-1][0]

    def last_event_at(self) -> Micros | None:
        """The time of the latest event by its own time; None when there is none."""
        with self._database.single() as connection:
            latest = connection.execute(select(func.max(events.c.at))).scalar_one()
        return None if latest is None else Micros(latest)

    def count_events(self) -> int:
        """How many events there are."""
        with self._database.single() as connection:
            return connection.execute(select(func.count()).select_from(events)).scalar_one()


def _fetch(connection: Connection, parameters: dict[str, int]) -> list[tuple[int, ...]]:
    """Event rows as the driver's plain tuples."""
    result = connection.execute(_EVENTS, parameters)
    cursor: Any = result.cursor
    rows: list[tuple[int, ...]] = cursor.fetchall()
    result.close()
    return rows


def _columns(rows: list[tuple[int, ...]]) -> EventColumns:
    table = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * 5).reshape(-1, 5)
    position, actor, target, kind, at = (np.ascontiguousarray(table[:, column]) for column in range(5))
    return EventColumns(position, actor, target, kind.astype(np.int8), at)
