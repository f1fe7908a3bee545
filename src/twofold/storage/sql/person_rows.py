"""People as rows: the current row with its columns, and the version row with its body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from twofold.domain.changes import PersonVersion
from twofold.domain.person import Person
from twofold.storage.body import decode_person
from twofold.storage.sql.schema import people, person_versions

CHUNK = 500  # ids per look-up: below SQLite's limit on parameters in every build (999)

VERSION_COLUMNS = (
    person_versions.c.position,
    person_versions.c.key,
    person_versions.c.at,
    person_versions.c.received_at,
    person_versions.c.age_unknown,
    person_versions.c.body,
)
_CURRENT = (
    select(*VERSION_COLUMNS)
    .join(people, people.c.position == person_versions.c.position)
    .where(people.c.id.in_(bindparam("ids", expanding=True)))
)


def current_versions(connection: Connection, ids: Sequence[str]) -> dict[str, PersonVersion]:
    """The current versions of those of the ids that exist."""
    found: dict[str, PersonVersion] = {}
    for chunk in chunks(ids):
        for row in connection.execute(_CURRENT, {"ids": chunk}):
            version = version_from(row)
            found[version.person.id] = version
    return found


def chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """The ids in parts small enough for one statement."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def version_from(row: Sequence[Any]) -> PersonVersion:
    """A version from its row (`VERSION_COLUMNS`)."""
    position, key, at, received_at, age_unknown, body = row
    return PersonVersion(position, key, at, received_at, decode_person(body), bool(age_unknown))


def version_row(version: PersonVersion, body: str) -> dict[str, object]:
    """The row of ``person_versions``."""
    return {
        "position": version.position,
        "key": version.key,
        "at": version.at,
        "received_at": version.received_at,
        "age_unknown": version.age_unknown,
        "body": body,
    }


def current_row(version: PersonVersion) -> dict[str, object]:
    """The row of ``people``."""
    return {
        **_columns(version.person),
        "key": version.key,
        "age_unknown": version.age_unknown,
        "position": version.position,
        "at": version.at,
        "received_at": version.received_at,
    }


def _columns(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "birth_date": person.birth_date,
        "gender": person.gender,
        "seeking": json.dumps(person.seeking, ensure_ascii=False),
        "place": person.place,
        "lat": person.lat,
        "lon": person.lon,
        "interests": json.dumps(person.interests, ensure_ascii=False),
        "bio": person.bio,
        "min_age": person.min_age,
        "max_age": person.max_age,
        "max_distance_km": person.max_distance_km,
        "created_at": person.created_at,
        "last_active_at": person.last_active_at,
        "active": person.active,
    }
