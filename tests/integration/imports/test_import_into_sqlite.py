"""Files into a real SQLite database: the same figures as in memory, once and again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from twofold.domain.person import Admission
from twofold.domain.ports import Store
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.services.imports.importing import ImportEvents, ImportPeople
from twofold.storage.url import open_store

NOW = Micros(20_000 * MICROS_PER_DAY)
ADMISSION = Admission(age_unknown=True)
PEOPLE = 300


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'twofold.db'}")
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def people_csv(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = [f'p{number} 🦊,19{70 + number % 30}-02-03,"chess;hiking","Hi, all"' for number in range(PEOPLE)]
    path.write_text("\n".join(["id,birth_date,interests,bio", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def events_csv(tmp_path: Path) -> Path:
    draw = random.Random(7)
    path = tmp_path / "events.csv"
    rows = []
    for second in range(5_000):
        actor, target = draw.sample(range(PEOPLE), 2)
        rows.append(f"p{actor} 🦊,p{target} 🦊,{draw.choice(['like', 'pass', 'view'])},{second}.25")
    path.write_text("\n".join(["actor,target,kind,at", *rows, "nobody,p1 🦊,like,1"]), encoding="utf-8")
    return path


def test_people_and_events_twice(store: Store, people_csv: Path, events_csv: Path) -> None:
    people, events = ImportPeople(store, lambda: NOW, ADMISSION), ImportEvents(store, lambda: NOW, ADMISSION)
    assert people.run(people_csv).accepted == PEOPLE
    first = events.run(events_csv)
    assert (first.accepted, first.repeated, first.reasons) == (5_000, 0, {"unknown_person": 1})
    head, count = store.head(), store.count_events()
    assert people.run(people_csv).unchanged == PEOPLE
    again = events.run(events_csv)
    assert (again.accepted, again.repeated, again.rejected) == (0, 5_000, 1)
    assert (store.head(), store.count_events()) == (head, count)


def test_events_alone_create_their_people(store: Store, events_csv: Path) -> None:
    summary = ImportEvents(store, lambda: NOW, ADMISSION, chunk_rows=700).run(events_csv, create_people=True)
    assert (summary.accepted, summary.rejected) == (5_001, 0)
    assert summary.created_people == store.count_people() == PEOPLE + 1


def test_the_erased_stay_erased(store: Store, people_csv: Path, events_csv: Path) -> None:
    people, events = ImportPeople(store, lambda: NOW, ADMISSION), ImportEvents(store, lambda: NOW, ADMISSION)
    people.run(people_csv)
    store.remove_person("p1 🦊", NOW)
    assert people.run(people_csv).reasons == {"erased": 1}
    summary = events.run(events_csv, create_people=True)
    assert summary.reasons.keys() == {"erased"}
    assert store.get_person("p1 🦊") is None


def test_bytes_that_are_no_text_cost_their_rows_alone(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(
        b"actor,target,kind,at\na,b,like,1\n\xff\xfe,b,like,2\na,\xed\xa0\x80,like,3\na,b\x00,like,4\nb,a,like,5\n"
    )
    summary = ImportEvents(store, lambda: NOW, ADMISSION).run(path, create_people=True)
    assert (summary.accepted, summary.reasons) == (2, {"bad_target": 2, "bad_actor": 1})
