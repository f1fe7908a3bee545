"""What the log knows already, on SQLite: exact, and cheap to keep however random the keys are.

Three questions are asked of every new event: has this act been told, is this client id known, has the target liked the
actor? An index on ``events`` for each would be written to at random: one page of 4 kB for each event and index, which
is all the time there is (ADR 0012). So three look-up tables answer them, and events go into these in the order of the
tables' own keys, many at once and later. What is not in them yet, the log's tail, each writing process holds in
memory, in temporary tables of its one writing connection, following the log as everybody does.

A tail that has become long is closed and copied ("sealed") bit by bit by the appends that come after it. How far that
is stands in ``event_lookups``, written in the same commit: a process that dies leaves nothing half done, and all
processes go on with the same work. Everything here happens while the writer holds the log's row.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from twofold.domain.changes import EventBatch
from twofold.storage.sql.ahead import Ahead
from twofold.storage.sql.inserts import insert_rows
from twofold.storage.sql.schema import MATCH_KINDS
from twofold.storage.sql.tombstones import Tombstones

# So many positions are closed at once: a share of the log, within bounds. The larger the look-up tables are, the more
# keys have to come together for some to share a page (two or three then); each waiting event holds some 75 bytes of
# memory in each writing process, and takes 4 us to be read when one starts.
GENERATION, LARGEST_GENERATION, GENERATIONS = 131_072, 524_288, 64
# Rows copied per new event: above 2.4 (an act, a client id, two likes of five), so that one generation is sealed before
# the next is full; and so many with any append.
SEALED_PER_EVENT, SEALED_PER_APPEND = 3, 16

NOBODY_YET: Final = -1  # a tail just read holds nobody who is gone

TABLES: Final = {
    "acts": "at, actor, target, kind",
    "clients": "client",
    "likes": "actor, target, position",
}
_STAGES: Final = tuple(TABLES)
_WHICH: Final = {"acts": "true", "clients": "client IS NOT NULL", "likes": MATCH_KINDS}
_TAILS: Final = ("a", "b")
# Types as in the log: a key is not looked up by a column of another type.
_PAIR: Final = "actor INTEGER, target INTEGER"
_TAIL: Final = {
    "acts": f"at INTEGER, {_PAIR}, kind INTEGER, PRIMARY KEY (at, actor, target, kind)",
    "clients": f"client BLOB, {_PAIR}, PRIMARY KEY (client)",
    "likes": f"{_PAIR}, position INTEGER, PRIMARY KEY (actor, target, position)",
}
_IN_TAIL: Final = TABLES | {"clients": "client, actor, target"}
_SAME_ACT: Final = "k.at = g.at AND k.actor = g.actor AND k.target = g.target AND k.kind = g.kind"
_PLACES: Final = ("main.event_{}", "temp.{}_a", "temp.{}_b")


def _any(places: tuple[str, ...], table: str, same: str) -> str:
    """SQL: whether any of the places holds a row."""
    return " OR ".join(f"EXISTS (SELECT 1 FROM {place.format(table)} k WHERE {same})" for place in places)


def _known(places: tuple[str, ...]) -> str:
    return f"""
SELECT g.n FROM temp.given g
WHERE {_any(places, "acts", _SAME_ACT)}
   OR (g.client IS NOT NULL AND ({_any(places, "clients", "k.client = g.client")}))
"""


_TOLD: Final = " UNION ".join(
    f"SELECT k.position FROM side CROSS JOIN {place.format('likes')} k ON k.actor = side.one AND k.target = side.other"
    for place in _PLACES
)
_LIKED: Final = """(g.actor, g.target) IN
    (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:liked))"""


def _history(places: tuple[str, ...], otherwise: str = "false") -> str:
    """SQL: the likes and unmatches of all who may match by a like after a position."""
    return f"""
WITH mutual AS (
    SELECT g.actor AS one, g.target AS other FROM main.events g
    WHERE g.position > :before AND g.kind <= 2
      AND ({_any(places, "likes", "k.actor = g.target AND k.target = g.actor")} OR {otherwise})
), side AS (SELECT one, other FROM mutual UNION SELECT other, one FROM mutual),
told AS ({_TOLD})
SELECT h.position, h.actor, h.target, h.kind, h.at FROM told CROSS JOIN main.events h ON h.position = told.position
"""


# Everywhere; or in the tail alone, where it is known already what the tables say.
_KNOWN, _KNOWN_LATELY = _known(_PLACES), _known(_PLACES[1:])
_HISTORY, _HISTORY_LATELY = _history(_PLACES), _history(_PLACES[1:], _LIKED)


@dataclass(frozen=True, slots=True)
class _Sealing:
    """The row of ``event_lookups``."""

    sealed: int
    closed: int
    stage: int
    reached: str | None


@dataclass(frozen=True, slots=True)
class _Tail:
    """What the temporary tables hold: events after ``sealed`` and up to ``seen``, those up to ``closed`` apart.

    ``current`` is the pair of tables (0 or 1) that takes what comes; ``removed`` the position of the last removal.
    """

    sealed: int
    closed: int
    seen: int
    removed: int
    current: int


class Lookups:
    """One process' look at what the log knows; its state lives in the connection, so a rollback takes it back too.

    Args:
        cursor: of the writing connection, in a write transaction that holds the log's row.
    """

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self._sealing = _Sealing(0, 0, 0, None)
        self._tail = _Tail(0, 0, 0, 0, 0)

    def follow(self, head: int, tombstones: Tombstones) -> None:
        """Be up to date with the log, and with who was removed."""
        self._sealing = _Sealing(*self._one("SELECT sealed, closed, stage, reached FROM main.event_lookups"))
        self._tail = self._agreeing(self._own())
        self._forget(tombstones)
        self._take(self._tail.seen, head)

    def holds(self, ahead: Ahead) -> bool:
        """Whether what was found then is what the tables say now, apart from the tail; after `follow`."""
        return (ahead.sealed, ahead.removed) == (self._sealing.sealed, self._tail.removed)

    def known(self, batch: EventBatch, ahead: Ahead | None = None) -> set[int]:
        """Which rows of a batch (by index) are in the log already, of whom something may be known ahead."""
        self._cursor.execute("DELETE FROM temp.given")
        rows = ((n, *row) for n, row in enumerate(batch.rows()))
        insert_rows(self._cursor, "temp.given (n, actor, target, kind, at, client)", 6, rows)
        if ahead is None:
            return {n for (n,) in self._cursor.execute(_KNOWN)}
        return {n for (n,) in self._cursor.execute(_KNOWN_LATELY)} | ahead.known

    def history(self, before: int, ahead: Ahead | None = None) -> list[tuple[int, int, int, int, int]]:
        """(position, actor, target, kind, at) of likes and unmatches between all whom likes after a position may match.

        `added` comes first.
        """
        query, values = _HISTORY, dict[str, object](before=before)
        if ahead is not None:
            query, values = _HISTORY_LATELY, values | {"liked": json.dumps(list(ahead.liked))}
        rows: list[tuple[int, int, int, int, int]] = self._cursor.execute(query, values).fetchall()
        return rows

    def added(self, position: int) -> None:
        """Events up to this position have been appended."""
        self._take(self._tail.seen, position)

    def seal(self, appended: int) -> None:
        """Go on copying, in proportion to what has been appended, and close the tail when it is long enough."""
        sealing, rows = self._sealing, SEALED_PER_APPEND + SEALED_PER_EVENT * appended
        while rows and sealing.sealed < sealing.closed:
            sealing, rows = self._copied(sealing, rows)
        if sealing.sealed == sealing.closed and self._tail.seen - sealing.closed >= _generation(sealing.closed):
            sealing = _Sealing(sealing.sealed, self._tail.seen, 0, None)
        if sealing != self._sealing:
            row = (sealing.sealed, sealing.closed, sealing.stage, sealing.reached)
            self._cursor.execute("UPDATE main.event_lookups SET sealed = ?, closed = ?, stage = ?, reached = ?", row)
            self._sealing = sealing
            self._tail = self._agreeing(self._tail)
            self._keep()

    def _copied(self, sealing: _Sealing, rows: int) -> tuple[_Sealing, int]:
        """Copy up to so many rows of one table; how far that is, and how many may follow."""
        table = _STAGES[sealing.stage]
        columns, source = TABLES[table], f"temp.{table}_{_TAILS[1 - self._tail.current]}"
        beyond, bound = "true", _unpacked(sealing.reached)
        if bound:
            beyond = f"({columns}) > ({', '.join('?' * len(bound))})"
        last = self._cursor.execute(
            f"SELECT {columns} FROM {source} WHERE {beyond} ORDER BY {columns} LIMIT 1 OFFSET ?", (*bound, rows - 1)
        ).fetchone()
        if last is not None:
            beyond += f" AND ({columns}) <= ({', '.join('?' * len(last))})"
            bound = (*bound, *last)
        self._cursor.execute(
            f"INSERT OR IGNORE INTO main.event_{table} ({columns}) "
            f"SELECT {columns} FROM {source} WHERE {beyond} ORDER BY {columns}",
            bound,
        )
        if last is not None:
            return _Sealing(sealing.sealed, sealing.closed, sealing.stage, _packed(last)), 0
        if sealing.stage + 1 < len(_STAGES):
            return _Sealing(sealing.sealed, sealing.closed, sealing.stage + 1, None), rows // 2
        return _Sealing(sealing.closed, sealing.closed, 0, None), 0

    def _own(self) -> _Tail | None:
        """What this connection holds; None when it has just been opened."""
        if self._one("SELECT count(*) FROM sqlite_temp_master WHERE name = 'tail'")[0]:
            return _Tail(*self._one("SELECT sealed, closed, seen, removed, current FROM temp.tail"))
        self._cursor.execute("CREATE TEMP TABLE tail (sealed, closed, seen, removed, current)")
        self._cursor.execute("INSERT INTO temp.tail VALUES (0, 0, 0, 0, 0)")
        self._cursor.execute(
            f"CREATE TEMP TABLE given (n INTEGER PRIMARY KEY, {_PAIR}, kind INTEGER, at INTEGER, client BLOB)"
        )
        for table, columns in _TAIL.items():
            for tail in _TAILS:
                self._cursor.execute(f"CREATE TEMP TABLE {table}_{tail} ({columns}) WITHOUT ROWID")
        return None

    def _agreeing(self, tail: _Tail | None) -> _Tail:
        """The tail after what other processes, or this one, closed and sealed; read anew when too much has happened."""
        sealing = self._sealing
        if tail is None or sealing.sealed not in (tail.sealed, tail.closed):
            for each in (0, 1):
                self._clear(each)
            return _Tail(sealing.sealed, sealing.closed, sealing.sealed, NOBODY_YET, 0)
        current = tail.current
        if sealing.sealed != tail.sealed:
            self._clear(1 - current)
        if sealing.closed != tail.closed:
            current = 1 - current
        return _Tail(sealing.sealed, sealing.closed, tail.seen, tail.removed, current)

    def _take(self, after: int, head: int) -> None:
        """Read the log after a position into the tail."""
        closed, current = self._tail.closed, self._tail.current
        for low, high, tail in ((after, min(closed, head), 1 - current), (max(after, closed), head, current)):
            if low < high:
                for table, columns in _IN_TAIL.items():
                    self._cursor.execute(
                        f"INSERT OR IGNORE INTO temp.{table}_{_TAILS[tail]} ({columns}) SELECT {columns} "
                        f"FROM main.events WHERE position > ? AND position <= ? AND {_WHICH[table]} ORDER BY {columns}",
                        (low, high),
                    )
        self._tail = _Tail(self._tail.sealed, closed, head, self._tail.removed, current)
        self._keep()

    def _keep(self) -> None:
        tail = self._tail
        self._cursor.execute(
            "UPDATE temp.tail SET sealed = ?, closed = ?, seen = ?, removed = ?, current = ?",
            (tail.sealed, tail.closed, tail.seen, tail.removed, tail.current),
        )

    def _clear(self, tail: int) -> None:
        for table in TABLES:
            self._cursor.execute(f"DELETE FROM temp.{table}_{_TAILS[tail]}")

    def _forget(self, tombstones: Tombstones) -> None:
        """Take the events of those out who were removed after the tail was read."""
        tail, gone = self._tail, "(SELECT value FROM json_each(?1))"
        if tail.removed == tombstones.seen:
            return
        keys = json.dumps(tombstones.keys_after(tail.removed)) if tail.removed != NOBODY_YET else "[]"
        for table in TABLES if keys != "[]" else ():
            for each in _TAILS:
                self._cursor.execute(
                    f"DELETE FROM temp.{table}_{each} WHERE actor IN {gone} OR target IN {gone}", (keys,)
                )
        self._tail = _Tail(tail.sealed, tail.closed, tail.seen, tombstones.seen, tail.current)

    def _one(self, query: str) -> Any:
        return self._cursor.execute(query).fetchone()


def _generation(position: int) -> int:
    """How long the tail may be at a position of the log."""
    return max(GENERATION, min(LARGEST_GENERATION, position // GENERATIONS))


def filled(table: str) -> str:
    """SQL: put all events into an empty look-up table."""
    columns = TABLES[table]
    return (
        f"INSERT INTO event_{table} ({columns}) SELECT {columns} FROM events WHERE {_WHICH[table]} ORDER BY {columns}"
    )


def forget_events(cursor: Any, positions: list[int]) -> None:
    """Take events that are about to be deleted out of the look-up tables."""
    rows = "FROM main.events WHERE position IN (SELECT value FROM json_each(?))"
    for table, columns in TABLES.items():
        cursor.execute(
            f"DELETE FROM main.event_{table} WHERE ({columns}) IN (SELECT {columns} {rows})", (json.dumps(positions),)
        )


def _packed(key: tuple[Any, ...]) -> str:
    return json.dumps([each.hex() if isinstance(each, bytes) else each for each in key])


def _unpacked(reached: str | None) -> tuple[Any, ...]:
    return tuple(bytes.fromhex(each) if isinstance(each, str) else each for each in json.loads(reached or "[]"))
