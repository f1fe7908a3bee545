"""The use case: people from a file into a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from twofold.domain.changes import PersonVersion
from twofold.domain.errors import NotFound, Refused
from twofold.domain.person import Admission, Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.services.imports.importing import ImportPeople
from twofold.services.imports.summary import ImportSummary
from twofold.storage.memory import MemoryStore

NOW = Micros(20_000 * MICROS_PER_DAY)
HEADER = "id,birth_date,bio"
Write = Callable[..., Path]


def importer(store: MemoryStore, rows: int = 2, *, age_unknown: bool = False) -> ImportPeople:
    return ImportPeople(store, lambda: NOW, Admission(age_unknown=age_unknown), chunk_rows=rows)


def counts(summary: ImportSummary) -> tuple[int, int, int, int, int]:
    """Accepted, updated, unchanged, repeated, rejected; and the law that they are all rows."""
    found = (summary.accepted, summary.updated, summary.unchanged, summary.repeated, summary.rejected)
    assert sum(found) == summary.rows
    assert sum(summary.reasons.values()) == summary.rejected
    return found


def test_people_are_new_then_unchanged_then_updated(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, "a,1990-01-01,x", "b,1990-01-01,", "c,1990-01-01,")
    assert counts(importer(store).run(path)) == (3, 0, 0, 0, 0)
    head = store.head()
    assert counts(importer(store).run(path)) == (0, 0, 3, 0, 0)
    assert store.head() == head
    write("people.csv", HEADER, "a,1990-01-01,new", "b,1990-01-01,", "d,1990-01-01,")
    assert counts(importer(store).run(path)) == (1, 1, 1, 0, 0)
    assert store.count_people() == 4


def test_a_bad_row_stops_nothing_and_its_values_are_not_told(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, "a,1990-01-01,", "secret-id,2020-01-01,secret-bio", "c,1990-01-01,", "d,x,")
    summary = importer(store).run(path)
    assert counts(summary) == (2, 0, 0, 0, 2)
    assert summary.reasons == {"under_age": 1, "bad_birth_date": 1}
    assert summary.rejects_path == path.with_name("people.csv.rejects.csv")
    lines = summary.rejects_path.read_text().splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["3", "under_age", "birth_date"],
        ["5", "bad_birth_date", "birth_date"],
    ]
    assert "secret" not in summary.rejects_path.read_text()


def test_a_repeated_person_is_stored_as_the_last_row_says(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, "a,1990-01-01,1", "a,1990-01-01,2", "a,1990-01-01,3")
    assert counts(importer(store, rows=9).run(path)) == (1, 0, 0, 2, 0)
    version = store.get_person("a")
    assert version is not None
    assert version.person.bio == "3"


def test_a_dry_run_judges_everything_and_stores_nothing(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, "a,1990-01-01,", "b,,")
    summary = importer(store).run(path, dry_run=True)
    assert counts(summary) == (1, 0, 0, 0, 1)
    assert summary.dry_run
    assert summary.rejects_path is not None
    assert store.head() == 0


def test_unknown_age_is_recorded_as_such(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, "a,,", "b,1990-01-01,")
    assert counts(importer(store, age_unknown=True).run(path)) == (2, 0, 0, 0, 0)
    versions = [store.get_person(id_) for id_ in "ab"]
    assert [version is not None and version.age_unknown for version in versions] == [True, False]


def test_the_erased_do_not_come_back(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, "a,1990-01-01,", "b,1990-01-01,")
    importer(store).run(path)
    store.remove_person("a", NOW)
    for dry_run in (True, False):
        summary = importer(store).run(path, dry_run=dry_run)
        assert summary.reasons == {"erased": 1}
    assert store.get_person("a") is None


def test_columns_by_map_and_names_that_are_not_read(store: MemoryStore, write: Write, tmp_path: Path) -> None:
    path = write("people.csv", "user,birth_date,biografy", "a,1990-01-01,x")
    summary = importer(store).run(path, columns={"id": "user"}, rejects=tmp_path / "r.csv")
    assert counts(summary) == (1, 0, 0, 0, 0)
    assert summary.ignored_columns == ("biografy",)
    assert summary.rejects_path is None


def test_json_lists_and_lists_in_a_text_are_the_same(store: MemoryStore, write: Write) -> None:
    path = write(
        "people.jsonl",
        '{"id": "a", "birth_date": "1990-01-01", "interests": ["chess", "art"], "lat": 1.5, "lon": 2, "active": false}',
        '{"id": "b", "birth_date": "1990-01-01", "interests": "chess;art", "bio": null}',
    )
    importer(store).run(path)
    a, b = (store.get_person(id_) for id_ in "ab")
    assert a is not None
    assert b is not None
    assert a.person.interests == b.person.interests == ("chess", "art")
    assert (a.person.lat, a.person.lon, a.person.active) == (1.5, 2.0, False)


def test_progress_grows_to_the_whole_file(store: MemoryStore, write: Write) -> None:
    path = write("people.csv", HEADER, *(f"p{number},1990-01-01," for number in range(5)))
    seen: list[tuple[int, int, int]] = []
    importer(store).run(path, progress=lambda *now: seen.append(now))
    size = path.stat().st_size
    assert [rows for rows, _, _ in seen] == [2, 4, 5]
    assert {total for _, _, total in seen} == {size}
    assert seen[-1][1] == size


def test_no_file(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        importer(store).run(tmp_path / "people.csv")


class ErasedMeanwhile(MemoryStore):
    """Somebody erases a person between the look-up and the write."""

    victims: tuple[str, ...] = ("b",)

    def put_people(
        self, people: Sequence[tuple[Person, bool]], now: Micros, at: Micros | None = None
    ) -> list[PersonVersion | None]:
        for victim in self.victims:
            self.victims = ()
            super().put_people([(Person(id=victim), True)], now)
            self.remove_person(victim, now)
        return super().put_people(people, now, at)


def test_a_person_erased_meanwhile_is_rejected_and_the_rest_stored(write: Write) -> None:
    store = ErasedMeanwhile()
    path = write("people.csv", HEADER, "a,1990-01-01,", "b,1990-01-01,")
    summary = importer(store).run(path)
    assert counts(summary) == (1, 0, 0, 0, 1)
    assert summary.reasons == {"erased": 1}


class Refusing(MemoryStore):
    """Refuses everything for another reason."""

    def put_people(
        self, people: Sequence[tuple[Person, bool]], now: Micros, at: Micros | None = None
    ) -> list[PersonVersion | None]:
        raise Refused("closed", "not today")


def test_another_refusal_is_not_swallowed(write: Write) -> None:
    with pytest.raises(Refused, match="not today"):
        importer(Refusing()).run(write("people.csv", HEADER, "a,1990-01-01,"))
