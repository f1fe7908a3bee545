"""Removing a person: every row of theirs goes, a salted tombstone and a removal in the log stay."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Table, bindparam, delete, func, insert, or_, select

from twofold.domain.time import Micros
from twofold.storage.sql.database import Database, LogWriter
from twofold.storage.sql.lookups import forget_events
from twofold.storage.sql.schema import events, impressions, people, person_versions, tombstones, user_features

CHUNK = 500  # row numbers per statement, as for ids
CHECKPOINT_MILLIS = 500  # readers of old rows may delay the emptying of the WAL this long

# Tables without an index by person, and their two columns that name one: an index would cost every write something,
# while erasure is rare and may take a scan.
_SCANNED: tuple[tuple[Table, Column[int], Column[int], Column[int]], ...] = (
    (events, events.c.position, events.c.actor, events.c.target),
    (impressions, impressions.c.seq, impressions.c.viewer, impressions.c.candidate),
)


class Removal:
    """Removes one person in two steps, so that the scan for their rows does not hold up other writers.

    The first step finds rows while others go on writing; the second holds the log's row, adds what has arrived since
    and deletes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, person_id: str, now: Micros) -> bool:
        """True when there was such a person."""
        with self._database.read() as connection:
            key = _key_of(connection, person_id)
            if key is None:
                return False
            found = [_rows_of(connection, scanned, key, after=0) for scanned in _SCANNED]
        with self._database.write() as log:
            if _key_of(log.connection, person_id) != key:
                return False
            _delete_features_of_actors(log.connection, key, found[0])
            for scanned, (rows, seen) in zip(_SCANNED, found, strict=True):
                late, _ = _rows_of(log.connection, scanned, key, after=seen)
                if scanned[0] is events and log.lookups is not None:
                    forget_events(log.cursor, rows + late)
                _delete_rows(log.connection, scanned[1], rows + late)
            _delete_keyed(log.connection, key)
            self._leave_tombstone(log, person_id, key, now)
        self._empty_wal()
        return True

    def _leave_tombstone(self, log: LogWriter, person_id: str, key: int, now: Micros) -> None:
        digest = self._database.tombstones.digest(person_id)
        row = {"digest": digest, "position": log.advance(), "key": key, "removed_at": now}
        log.connection.execute(insert(tombstones), row)

    def _empty_wal(self) -> None:
        """SQLite: the write-ahead log still holds pages from before; empty it as far as readers allow."""
        if not self._database.sqlite:
            return
        with self._database.single() as connection:
            timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout={CHECKPOINT_MILLIS}")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql(f"PRAGMA busy_timeout={timeout}")


def _key_of(connection: Connection, person_id: str) -> int | None:
    return connection.execute(select(people.c.key).where(people.c.id == person_id)).scalar_one_or_none()


def _rows_of(
    connection: Connection, scanned: tuple[Table, Column[int], Column[int], Column[int]], key: int, after: int
) -> tuple[list[int], int]:
    """Row numbers of a person beyond one, and the last row number there is."""
    table, number, one, other = scanned
    last = connection.execute(select(func.max(number)).select_from(table)).scalar_one() or 0
    mine = select(number).where(number > after, or_(one == key, other == key))
    return list(connection.execute(mine).scalars()), last


def _delete_rows(connection: Connection, number: Column[int], rows: list[int]) -> None:
    statement = delete(number.table).where(number.in_(bindparam("rows", expanding=True, type_=BigInteger)))
    for start in range(0, len(rows), CHUNK):
        connection.execute(statement, {"rows": rows[start : start + CHUNK]})


def _delete_keyed(connection: Connection, key: int) -> None:
    connection.execute(delete(person_versions).where(person_versions.c.key == key))
    connection.execute(delete(people).where(people.c.key == key))
    for version in _feature_versions(connection):
        row = (user_features.c.version == version) & (user_features.c.key == key)
        connection.execute(delete(user_features).where(row))


def _delete_features_of_actors(connection: Connection, key: int, found: tuple[list[int], int]) -> None:
    """Checkpoint rows of those who acted on the person: they were computed from events that go now."""
    rows, seen = found
    late, _ = _rows_of(connection, _SCANNED[0], key, after=seen)
    number, actor = events.c.position, events.c.actor
    on_them = select(actor).where(
        number.in_(bindparam("rows", expanding=True, type_=BigInteger)), events.c.target == key
    )
    actors: set[int] = set()
    for start in range(0, len(rows + late), CHUNK):
        actors.update(connection.execute(on_them, {"rows": (rows + late)[start : start + CHUNK]}).scalars())
    for version in _feature_versions(connection):
        theirs = user_features.c.key.in_(bindparam("actors", expanding=True, type_=BigInteger))
        statement = delete(user_features).where(user_features.c.version == version, theirs)
        for start in range(0, len(actors), CHUNK):
            connection.execute(statement, {"actors": sorted(actors)[start : start + CHUNK]})


def _feature_versions(connection: Connection) -> list[str]:
    """The distinct versions by hops through the primary key: there are few among millions of rows."""
    versions: list[str] = []
    hop = select(func.min(user_features.c.version))
    version = connection.execute(hop).scalar_one()
    while version is not None:
        versions.append(version)
        version = connection.execute(hop.where(user_features.c.version > version)).scalar_one()
    return versions
