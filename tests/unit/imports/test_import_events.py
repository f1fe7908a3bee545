"""The use case: events from a file into a store."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from twofold.domain.changes import Appended, EventBatch
from twofold.domain.errors import InvalidInput, NotFound, Refused
from twofold.domain.event import EventKind
from twofold.domain.person import Admission, Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.services.imports.importing import ImportEvents
from twofold.services.imports.summary import ImportSummary
from twofold.storage.memory import MemoryStore

NOW = Micros(20_000 * MICROS_PER_DAY)
HEADER = "actor,target,kind,at"
LINES = ("a,b,like,10", "b,c,dislike,20", "c,a,view,30.5", "a,c,super_like,40", "b,a,pass,1970-01-01T00:01:00Z")
Write = Callable[..., Path]


def importer(store: MemoryStore, rows: int = 2, *, age_unknown: bool = True) -> ImportEvents:
    return ImportEvents(store, lambda: NOW, Admission(age_unknown=age_unknown), chunk_rows=rows)


def counts(summary: ImportSummary) -> tuple[int, int, int]:
    """Accepted, repeated, rejected; and the law that they are all rows."""
    assert summary.accepted + summary.repeated + summary.rejected == summary.rows
    assert sum(summary.reasons.values()) == summary.rejected
    assert summary.updated == summary.unchanged == 0
    return summary.accepted, summary.repeated, summary.rejected


@pytest.fixture
def three(store: MemoryStore) -> MemoryStore:
    store.put_people([(Person(id=id_), True) for id_ in "abc"], NOW)
    return store


def logged(store: MemoryStore) -> list[tuple[int, int, int, int]]:
    return [
        (actor, target, kind, at)
        for chunk in store.events()
        for actor, target, kind, at in zip(
            chunk.actor.tolist(), chunk.target.tolist(), chunk.kind.tolist(), chunk.at.tolist(), strict=True
        )
    ]


def test_events_are_appended_once(three: MemoryStore, write: Write) -> None:
    path = write("events.csv", HEADER, *LINES)
    assert counts(importer(three).run(path)) == (5, 0, 0)
    before = logged(three)
    assert before == [
        (0, 1, EventKind.LIKE, 10_000_000),
        (1, 2, EventKind.DISLIKE, 20_000_000),
        (2, 0, EventKind.VIEW, 30_500_000),
        (0, 2, EventKind.SUPER_LIKE, 40_000_000),
        (1, 0, EventKind.PASS, 60_000_000),
    ]
    for rows in (1, 3, 100):
        assert counts(importer(three, rows).run(path)) == (0, 5, 0)
    assert logged(three) == before


def test_a_client_id_makes_any_resending_harmless(three: MemoryStore, write: Write) -> None:
    path = write("events.csv", f"{HEADER},id", "a,b,like,10,x1", "a,b,like,11,x1", "a,b,like,12,")
    assert counts(importer(three).run(path)) == (2, 1, 0)


def test_bad_rows_are_listed_without_their_values(three: MemoryStore, write: Write) -> None:
    path = write("events.csv", HEADER, "a,b,like,10", "a,secret,like,10", "a,a,like,10", "b,a,secret,10", "a,b")
    summary = importer(three).run(path)
    assert counts(summary) == (1, 0, 4)
    assert summary.reasons == {"unknown_person": 1, "self": 1, "unknown_kind": 1, "bad_cells": 1}
    assert summary.rejects_path is not None
    text = summary.rejects_path.read_text()
    assert "secret" not in text
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == ["3", "4", "5", "6"]


def test_a_dry_run_stores_nothing_but_knows_who_exists(three: MemoryStore, write: Write) -> None:
    head = three.head()
    path = write("events.csv", HEADER, *LINES, "a,nobody,like,10")
    summary = importer(three).run(path, dry_run=True)
    assert counts(summary) == (5, 0, 1)
    assert three.head() == head


def test_people_are_created_only_when_asked_for_and_admitted(store: MemoryStore, write: Write) -> None:
    path = write("events.csv", HEADER, *LINES)
    assert counts(importer(store).run(path)) == (0, 0, 5)
    assert store.count_people() == 0
    with pytest.raises(Refused, match="--admit-age-unknown"):
        importer(store, age_unknown=False).run(path, create_people=True)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_created_people_begin_with_the_first_event_of_their_chunk(store: MemoryStore, write: Write, rows: int) -> None:
    path = write("events.csv", HEADER, "a,b,like,30", "c,a,view,10", "d,e,wink,5")
    summary = importer(store, rows).run(path, create_people=True)
    assert counts(summary) == (2, 0, 1)
    assert summary.created_people == store.count_people() == 3
    version = store.get_person("a")
    assert version is not None
    assert version.age_unknown
    assert version.person == Person(id="a", created_at=Micros(30_000_000 if rows == 1 else 10_000_000))
    assert importer(store, rows).run(path, create_people=True).created_people == 0


def test_a_dry_run_says_how_many_people_it_would_create(store: MemoryStore, write: Write) -> None:
    path = write("events.csv", HEADER, *LINES)
    summary = importer(store).run(path, create_people=True, dry_run=True)
    assert (counts(summary), summary.created_people, store.head()) == ((5, 0, 0), 3, 0)


def test_the_erased_are_not_created_again_nor_anybody_for_their_sake(store: MemoryStore, write: Write) -> None:
    store.put_people([(Person(id="gone"), True), (Person(id="b"), True)], NOW)
    store.remove_person("gone", NOW)
    path = write("events.csv", HEADER, "gone,b,like,10", "new,gone,like,11", "b,other,like,12")
    for create in (False, True):
        summary = importer(store, 9).run(path, create_people=create)
        assert summary.reasons["erased"] == 2
    assert store.keys_of(["gone", "new", "other"]).keys() == {"other"}


class ErasedMeanwhile(MemoryStore):
    """Somebody erases a person between the look-up and the write."""

    victim: str | None = "b"

    def append_events(self, batch: EventBatch, now: Micros) -> Appended:
        if self.victim is not None:
            self.remove_person(self.victim, now)
            self.victim = None
        return super().append_events(batch, now)


def test_events_of_a_person_erased_meanwhile_are_rejected_and_the_rest_stored(write: Write) -> None:
    store = ErasedMeanwhile()
    store.put_people([(Person(id=id_), True) for id_ in "abc"], NOW)
    summary = importer(store, 9).run(write("events.csv", HEADER, *LINES))
    assert counts(summary) == (2, 0, 3)
    assert summary.reasons == {"erased": 3}


class Broken(MemoryStore):
    """Never finds anybody."""

    def append_events(self, batch: EventBatch, now: Micros) -> Appended:
        raise NotFound("nobody")


def test_a_store_that_finds_nobody_three_times_is_an_error(write: Write) -> None:
    store = Broken()
    store.put_people([(Person(id=id_), True) for id_ in "abc"], NOW)
    with pytest.raises(NotFound):
        importer(store).run(write("events.csv", HEADER, *LINES))


def test_foreign_names(three: MemoryStore, write: Write) -> None:
    path = write("swipes.csv", "swiper_id,target,direction,at,app", "a,b,right,10,ios", "a,c,left,11,ios")
    summary = importer(three).run(
        path, columns={"actor": "swiper_id", "kind": "direction"}, kinds={"right": "like", "left": "dislike"}
    )
    assert counts(summary) == (2, 0, 0)
    assert summary.ignored_columns == ("app",)


def test_the_directory_starts_anew_when_it_is_full(
    three: MemoryStore, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twofold.services.imports.directory.MOST_REMEMBERED", 1)
    assert counts(importer(three, 1).run(write("events.csv", HEADER, *LINES))) == (5, 0, 0)


def test_a_cut_gzip_imports_what_came_before_and_says_so(three: MemoryStore, tmp_path: Path) -> None:
    whole = "\n".join([HEADER, *(f"a,b,view,{number * number}" for number in range(20_000))]) + "\n"
    path = tmp_path / "events.csv.gz"
    path.write_bytes(gzip.compress(whole.encode())[:-2_000])
    summary = importer(three, 5_000).run(path)
    assert summary.incomplete is not None
    assert "cut short or damaged" in summary.incomplete
    assert 0 < summary.accepted == summary.rows < 20_000
    path.write_bytes(gzip.compress(whole.encode()))
    again = importer(three, 5_000).run(path)
    assert (again.incomplete, again.repeated, again.rows) == (None, summary.accepted, 20_000)


def test_no_actor_column_names_what_to_do(three: MemoryStore, write: Write) -> None:
    with pytest.raises(InvalidInput, match="--map actor=THEIR_NAME"):
        importer(three).run(write("events.csv", "who,target,kind,at", "a,b,like,1"))
