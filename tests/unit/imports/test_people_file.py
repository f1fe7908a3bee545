"""Rows of people: everything a row can hold, and every way it can fail."""

from __future__ import annotations

from datetime import date

import pytest

from twofold.domain.person import Admission, Person
from twofold.domain.time import MICROS_PER_DAY, MICROS_PER_SECOND, Micros
from twofold.services.imports.chunk import Chunk
from twofold.services.imports.mapping import PEOPLE_COLUMNS
from twofold.services.imports.people_file import PeopleRows, read_people

NOW = Micros(20_000 * MICROS_PER_DAY)  # 2024-10-04
BORN = {"birth_date": "1990-05-06"}


def judged(*rows: dict[str, str], admission: Admission | None = None) -> PeopleRows:
    columns = [tuple(row.get(name, "") for row in rows) for name in PEOPLE_COLUMNS]
    return read_people(Chunk(range(2, len(rows) + 2), columns), admission or Admission(), NOW)


def test_a_full_row() -> None:
    row = {
        "id": "ada",
        "birth_date": "1990-05-06",
        "gender": "woman",
        "seeking": "man;nonbinary",
        "place": "Ghent",
        "lat": "51.05",
        "lon": "3.72",
        "interests": "chess;hiking",
        "bio": "Hello, you; two lines\nof it",
        "min_age": "30",
        "max_age": "40.0",
        "max_distance_km": "25.5",
        "created_at": "2020-01-01T00:00:00Z",
        "last_active_at": "1577836800.25",
        "active": "no",
    }
    assert judged(row).people["ada"][1] == Person(
        id="ada",
        birth_date=date(1990, 5, 6),
        gender="woman",
        seeking=("man", "nonbinary"),
        place="Ghent",
        lat=51.05,
        lon=3.72,
        interests=("chess", "hiking"),
        bio="Hello, you; two lines\nof it",
        min_age=30,
        max_age=40,
        max_distance_km=25.5,
        created_at=Micros(1_577_836_800 * MICROS_PER_SECOND),
        last_active_at=Micros(1_577_836_800_250_000),
        active=False,
    )


def test_empty_is_unknown() -> None:
    found = judged({"id": "ada"}, admission=Admission(age_unknown=True))
    assert found.people["ada"][1] == Person(id="ada")


BAD = [
    ({"id": ""}, "bad_id"),
    ({"id": "a\0b"}, "bad_id"),
    ({"id": "x" * 65}, "bad_id"),
    ({"id": "\udcff"}, "bad_id"),
    ({"birth_date": "soon"}, "bad_birth_date"),
    ({"birth_date": "2010-01-01"}, "under_age"),
    ({"birth_date": "2030-01-01"}, "bad_birth_date"),
    ({"birth_date": "1850-01-01"}, "bad_birth_date"),
    ({"birth_date": ""}, "age_unknown"),
    ({"gender": "x" * 65}, "bad_gender"),
    ({"place": "a\nb"}, "bad_place"),
    ({"interests": ";".join(map(str, range(65)))}, "bad_interests"),
    ({"lat": "91", "lon": "0"}, "bad_lat"),
    ({"lat": "nan", "lon": "0"}, "bad_lat"),
    ({"lat": "1"}, "bad_lat"),
    ({"lat": "1", "lon": "east"}, "bad_lon"),
    ({"bio": "x" * 5_001}, "bad_bio"),
    ({"bio": "nul\0"}, "bad_bio"),
    ({"bio": "\udcff"}, "bad_bio"),
    ({"min_age": "18.5"}, "bad_min_age"),
    ({"min_age": "50", "max_age": "40"}, "bad_min_age"),
    ({"max_distance_km": "0"}, "bad_max_distance_km"),
    ({"created_at": "yesterday"}, "bad_created_at"),
    ({"created_at": "2024-10-06"}, "bad_created_at"),
    ({"last_active_at": "2030-01-01"}, "bad_last_active_at"),
    ({"last_active_at": "1900-01-01"}, "bad_last_active_at"),
    ({"active": "maybe"}, "bad_active"),
]


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_a_bad_row_is_rejected_with_its_reason_and_stops_nothing(change: dict[str, str], reason: str) -> None:
    found = judged({"id": "first", **BORN}, {"id": "bad", **BORN, **change}, {"id": "last", **BORN})
    assert list(found.people) == ["first", "last"]
    [reject] = found.rejects
    assert (reject.line, reject.reason) == (3, reason)
    assert reject.column in PEOPLE_COLUMNS
    assert reject.expected


def test_within_a_day_ahead_is_a_matter_of_clocks() -> None:
    assert not judged({"id": "ada", **BORN, "last_active_at": "2024-10-04T23:59:00Z"}).rejects


def test_the_minimum_age_is_the_admissions() -> None:
    rows = {"id": "ada", "birth_date": "2005-01-01"}
    assert not judged(rows).rejects
    assert judged(rows, admission=Admission(minimum_age=21)).rejects[0].reason == "under_age"


def test_of_rows_about_one_person_the_last_valid_one_stays() -> None:
    row = {"id": "ada", **BORN}
    found = judged({**row, "bio": "1"}, {"id": "bob", **BORN}, {**row, "bio": "2"}, {**row, "active": "?"})
    assert [(line, person.id, person.bio) for line, person in found.people.values()] == [
        (3, "bob", None),
        (4, "ada", "2"),
    ]
    assert found.repeated == 1
    assert len(found.rejects) == 1
