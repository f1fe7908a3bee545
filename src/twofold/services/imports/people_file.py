"""Rows of people: parsed, admitted or rejected, one version a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from twofold.domain.errors import InvalidInput, Refused
from twofold.domain.person import Admission, Person
from twofold.domain.time import Micros
from twofold.services.imports import cells
from twofold.services.imports.chunk import Chunk
from twofold.services.imports.rejects import Reject


@dataclass(slots=True)
class PeopleRows:
    """What a chunk holds: people by id with their line, rejects, and how many rows a later one replaced."""

    people: dict[str, tuple[int, Person]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    repeated: int = 0


def person_from_cells(row: Sequence[str]) -> Person:
    """A person from cells in the order of `mapping.PEOPLE_COLUMNS`; limits are checked at admission.

    Raises:
        InvalidInput: naming the first column that cannot be read.
    """
    (
        id_,
        birth_date,
        gender,
        seeking,
        place,
        lat,
        lon,
        interests,
        bio,
        min_age,
        max_age,
        distance,
        created,
        last_active,
        active,
    ) = row
    return Person(
        id=id_,
        birth_date=cells.day(birth_date, "birth_date"),
        gender=cells.text(gender.strip()),
        seeking=cells.labels(seeking),
        place=cells.text(place.strip()),
        lat=cells.number(lat, "lat"),
        lon=cells.number(lon, "lon"),
        interests=cells.labels(interests),
        bio=cells.text(bio),
        min_age=cells.whole(min_age, "min_age"),
        max_age=cells.whole(max_age, "max_age"),
        max_distance_km=cells.number(distance, "max_distance_km"),
        created_at=cells.time(created, "created_at"),
        last_active_at=cells.time(last_active, "last_active_at"),
        active=cells.flag(active, "active", default=True),
    )


def read_people(chunk: Chunk, admission: Admission, now: Micros) -> PeopleRows:
    """Parse and judge every row of a chunk; of rows about one person the last valid one stays."""
    found = PeopleRows(rejects=list(chunk.broken))
    for line, row in zip(chunk.lines, zip(*chunk.columns, strict=True), strict=True):
        try:
            person = person_from_cells(row)
            admission.check(person, now)
        except (InvalidInput, Refused) as error:
            found.rejects.append(Reject.from_error(line, error))
            continue
        # Removed first, so that the dictionary's order is the file's.
        found.repeated += found.people.pop(person.id, None) is not None
        found.people[person.id] = (line, person)
    return found
