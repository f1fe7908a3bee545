"""People in a SQL database."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, func, insert, select, update

from twofold.domain.changes import PersonVersion
from twofold.domain.errors import Refused
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.body import encode_person
from twofold.storage.sql.database import Database, LogWriter
from twofold.storage.sql.person_rows import chunks, current_row, current_versions, version_row
from twofold.storage.sql.removal import Removal
from twofold.storage.sql.schema import people, person_versions

_KEYS = select(people.c.id, people.c.key).where(people.c.id.in_(bindparam("ids", expanding=True)))
# One row for all of them: each row read hands Python's lock back and forth.
_KEYS_AT_ONCE = """
SELECT json_group_array(key)
FROM (SELECT (SELECT key FROM people WHERE id = asked.value) AS key FROM json_each(?) AS asked ORDER BY asked.key)
"""
_INSERT = insert(people)
_UPDATE = (
    update(people)
    .where(people.c.key == bindparam("of_key"))
    .values({column.name: bindparam(column.name) for column in people.c if column.name not in ("key", "id")})
)
_INSERT_VERSION = insert(person_versions)


class SqlPeople:
    """The port `PeopleStore`."""

    _database: Database

    def put_people(
        self, people: Sequence[tuple[Person, bool]], now: Micros, at: Micros | None = None
    ) -> list[PersonVersion | None]:
        """Insert or update; the earlier of two rows with one id changes nothing."""
        bodies = [encode_person(person) for person, _ in people]
        last = {person.id: index for index, (person, _) in enumerate(people)}
        results: list[PersonVersion | None] = [None] * len(people)
        if not people:
            return results
        with self._database.write() as log:
            self._refuse_erased(list(last))
            current = current_versions(log.connection, list(last))
            for index in sorted(last.values()):
                person, age_unknown = people[index]
                results[index] = _next_version(log, current.get(person.id), person, age_unknown, now, at)
            changed = [(version, body) for version, body in zip(results, bodies, strict=True) if version]
            _store(log, changed, {version.key for version in current.values()})
        return results

    def get_person(self, person_id: str) -> PersonVersion | None:
        """The current version."""
        with self._database.single() as connection:
            return current_versions(connection, [person_id]).get(person_id)

    def keys_of(self, ids: Sequence[str]) -> dict[str, int]:
        """The keys of those ids that exist."""
        with self._database.single() as connection:
            if self._database.sqlite:
                found = connection.exec_driver_sql(_KEYS_AT_ONCE, (json.dumps(list(ids)),)).scalar_one()
                return {
                    person_id: key for person_id, key in zip(ids, json.loads(found), strict=True) if key is not None
                }
            return {
                person_id: key
                for chunk in chunks(list(ids))
                for person_id, key in connection.execute(_KEYS, {"ids": chunk})
            }

    def erased(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that have a tombstone."""
        with self._database.single() as connection:
            self._database.tombstones.refresh(connection)
        return self._database.tombstones.among(list(ids))

    def remove_person(self, person_id: str, now: Micros) -> bool:
        """Delete all rows of a person."""
        return Removal(self._database).run(person_id, now)

    def count_people(self) -> int:
        """How many people there are."""
        with self._database.single() as connection:
            return connection.execute(select(func.count()).select_from(people)).scalar_one()

    def _refuse_erased(self, ids: list[str]) -> None:
        if self._database.tombstones.among(ids):
            raise Refused("erased", "a person with this id was erased and stays so; nothing was stored, use another id")


def _next_version(
    log: LogWriter, current: PersonVersion | None, person: Person, age_unknown: bool, now: Micros, at: Micros | None
) -> PersonVersion | None:
    if current is not None and current.person == person and current.age_unknown == age_unknown:
        return None
    key = log.new_key() if current is None else current.key
    return PersonVersion(log.advance(), key, now if at is None else at, now, person, age_unknown)


def _store(log: LogWriter, changed: list[tuple[PersonVersion, str]], known: set[int]) -> None:
    rows = [current_row(version) for version, _ in changed]
    fresh = [row for row in rows if row["key"] not in known]
    updated = [{**row, "of_key": row["key"]} for row in rows if row["key"] in known]
    for row in updated:
        del row["key"], row["id"]
    for statement, batch in (
        (_INSERT, fresh),
        (_UPDATE, updated),
        (_INSERT_VERSION, [version_row(version, body) for version, body in changed]),
    ):
        if batch:
            log.connection.execute(statement, batch)
