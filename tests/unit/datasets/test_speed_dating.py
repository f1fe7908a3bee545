"""Speed dating on made-up rows: times, ages, sides, and nothing known only afterwards."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from twofold.domain.errors import InvalidInput
from twofold.domain.time import years_between
from twofold.evaluation.datasets.prepared import PreparedSummary
from twofold.evaluation.datasets.speed_dating import (
    ACTIVITIES,
    COLUMNS,
    GOES_OUT,
    WISHES,
    evening,
    prepare_speed_dating,
)

Source = Callable[[str, list[list[object]]], Path]
HEADER: list[object] = [*COLUMNS, "attr", "dec_o", "match"]


def row(
    iid: int, pid: int | str, order: int, dec: int, *, age: object = 30, wave: int = 2, **ratings: int
) -> list[object]:
    """One decision; odd ids are women, the scorecard holds values that must not come through."""
    cells: list[object] = [iid, pid, (iid + 1) % 2, wave, order, dec, age]
    return [*cells, *(ratings.get(name, "") for name in (GOES_OUT, *WISHES, *ACTIVITIES)), 987, 1, 1]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def prepared(source_file: Source, tmp_path: Path) -> Callable[..., PreparedSummary]:
    def made(*rows: list[object]) -> PreparedSummary:
        source = source_file("speed_dating.csv.gz", [HEADER, *rows]).parent
        return prepare_speed_dating(source, tmp_path / "out")

    return made


Prepared = Callable[..., PreparedSummary]


def test_people_as_of_their_evening(prepared: Prepared) -> None:
    summary = prepared(
        row(1, 2, 1, 1, age=24, hiking=7, art=6, yoga=10, go_out=3, attr1_1=40, fun1_1=20, amb1_1=10),
        row(2, 1, 1, 0, age=""),
    )
    assert read(summary.people_path) == [
        {
            "id": "p1",
            "birth_date": "1979-07-01",
            "gender": "woman",
            "seeking": "man",
            "place": "wave-2",
            "interests": "hiking;yoga;goes-out-3;wants-attractive;wants-fun",
            "created_at": "2003-07-16T19:00:00Z",
        },
        {
            "id": "p2",
            "birth_date": "",
            "gender": "man",
            "seeking": "woman",
            "place": "wave-2",
            "interests": "",
            "created_at": "2003-07-16T19:00:00Z",
        },
    ]
    assert any("1 people gave no age" in note for note in summary.notes)


def test_both_decide_at_the_later_order_of_the_two_rows(prepared: Prepared) -> None:
    summary = prepared(row(1, 2, 3, 1), row(1, 4, 1, 0), row(2, 1, 5, 0), row(4, 1, 1, 1))
    assert [tuple(event.values()) for event in read(summary.events_path)] == [
        ("p1", "p4", "dislike", "2003-07-16T19:06:00Z"),
        ("p4", "p1", "like", "2003-07-16T19:06:00Z"),
        ("p1", "p2", "like", "2003-07-16T19:30:00Z"),
        ("p2", "p1", "dislike", "2003-07-16T19:30:00Z"),
    ]


def test_rows_without_a_partner_are_dropped_and_said(prepared: Prepared) -> None:
    summary = prepared(row(1, "", 1, 1), row(1, 2, 2, 1), row(2, 1, 2, 1), row(2, 9, 3, 1))
    assert summary.events == 2
    assert summary.dropped == {"no_partner": 1, "partner_without_rows": 1}
    assert summary.notes[0].startswith("1 rows name no partner")


def test_nobody_under_18_slips_in(prepared: Prepared) -> None:
    summary = prepared(
        row(1, 2, 1, 1, age=17), row(2, 1, 1, 1, age=18), row(3, 2, 2, 1, age=18), row(2, 3, 2, 1, age=18)
    )
    assert [person["id"] for person in read(summary.people_path)] == ["p2", "p3"]
    assert summary.dropped == {"under_age": 2}
    assert "1 people were under 18" in summary.notes[1]
    births = {date.fromisoformat(person["birth_date"]) for person in read(summary.people_path)}
    assert {years_between(birth, evening(2).date()) for birth in births} == {18}


def test_every_evening_gives_the_stated_age() -> None:
    for wave in range(1, 22):
        day = evening(wave).date()
        assert day.weekday() == 2
        assert years_between(date(day.year - 18, 7, 1), day) == 18


def test_nothing_known_only_afterwards_is_written(prepared: Prepared) -> None:
    summary = prepared(row(1, 2, 1, 1), row(2, 1, 1, 0))
    for path in (summary.people_path, summary.events_path):
        assert "987" not in path.read_text()
    assert {"attr", "dec_o", "match", "like", "prob"}.isdisjoint(COLUMNS)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (row(1, 2, 99, 1), "order"),
        (row(1, 2, 1, 1, wave=0), "wave"),
        (row(1, 2, 1, 1, age="old"), "age"),
        (row(1, "1.5", 1, 1), "pid"),
    ],
)
def test_a_source_that_is_something_else(prepared: Prepared, wrong: list[object], named: str) -> None:
    with pytest.raises(InvalidInput, match=f"speed_dating.csv.gz line 3, {named}"):
        prepared(row(2, 1, 1, 1), wrong)
