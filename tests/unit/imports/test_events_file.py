"""Rows of events: numbers for good ones, a reason for each bad one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.event import EventKind, client_digest
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.services.imports.chunk import Chunk
from twofold.services.imports.events_file import EventReader, EventRows
from twofold.services.imports.mapping import kind_numbers
from twofold.services.imports.rejects import Reject

NOW = Micros(20_000 * MICROS_PER_DAY)
Row = tuple[str, str, str, str, str]
GOOD: Row = ("ann", "bob", "like", "10", "")


def judged(*rows: Row, kinds: dict[str, str] | None = None) -> tuple[EventRows, list[Reject]]:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return EventReader(kind_numbers(kinds), NOW).read(Chunk(range(2, len(rows) + 2), columns))


def test_good_rows_become_numbers() -> None:
    rows, rejects = judged(GOOD, ("bob", "ann", "super_like", "1970-01-01T00:00:20", "c-1"))
    assert not rejects
    assert (list(rows.actor), list(rows.target)) == (["ann", "bob"], ["bob", "ann"])
    assert list(rows.kind) == [EventKind.LIKE, EventKind.SUPER_LIKE]
    assert list(rows.at) == [10_000_000, 20_000_000]
    assert list(rows.client) == [None, client_digest("c-1")]
    assert list(rows.lines) == [2, 3]


def test_no_rows_at_all() -> None:
    rows, rejects = judged()
    assert len(rows) == len(rejects) == 0


BAD: list[tuple[Row, str, str]] = [
    (("", "bob", "like", "10", ""), "bad_actor", "actor"),
    (("a\0", "bob", "like", "10", ""), "bad_actor", "actor"),
    (("ann", "b" * 65, "like", "10", ""), "bad_target", "target"),
    (("ann", "\udcff", "like", "10", ""), "bad_target", "target"),
    (("ann", "ann", "like", "10", ""), "self", "target"),
    (("ann", "bob", "wink", "10", ""), "unknown_kind", "kind"),
    (("ann", "bob", "", "10", ""), "unknown_kind", "kind"),
    (("ann", "bob", "match", "10", ""), "derived_kind", "kind"),
    (("ann", "bob", "like", "", ""), "bad_at", "at"),
    (("ann", "bob", "like", "today", ""), "bad_at", "at"),
    (("ann", "bob", "like", "1700000000000", ""), "bad_at", "at"),
    (("ann", "bob", "like", "1900-01-01", ""), "bad_at", "at"),
    (("ann", "bob", "like", "2024-10-06", ""), "future", "at"),
    (("ann", "bob", "like", "10", "x" * 65), "bad_id", "id"),
    (("ann", "bob", "like", "10", "\0"), "bad_id", "id"),
    (("", "", "wink", "", ""), "bad_actor", "actor"),
]


@pytest.mark.parametrize(("row", "reason", "column"), BAD)
def test_a_bad_row_names_its_first_fault_and_stops_nothing(row: Row, reason: str, column: str) -> None:
    rows, [reject] = judged(GOOD, row, GOOD)
    assert list(rows.lines) == [2, 4]
    assert list(rows.at) == [10_000_000] * 2
    assert (reject.line, reject.reason, reject.column) == (3, reason, column)


def test_kinds_by_foreign_names_and_in_any_case() -> None:
    rows, rejects = judged(
        ("ann", "bob", "right", "1", ""), ("ann", "bob", " Dislike", "2", ""), kinds={"right": "like"}
    )
    assert not rejects
    assert list(rows.kind) == [EventKind.LIKE, EventKind.DISLIKE]


def test_what_was_broken_before_stays_rejected() -> None:
    broken = Reject(9, "not_json")
    columns = [(cell,) for cell in GOOD]
    _, rejects = EventReader(kind_numbers(), NOW).read(Chunk([2], columns, [broken]))
    assert rejects == [broken]


CELLS = st.text(max_size=3) | st.sampled_from(["ann", "bob", "like", "10", "2020-01-01", ""])


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), max_size=8))
def test_each_row_is_either_good_or_rejected_once(rows: list[Row]) -> None:
    good, rejects = judged(*rows)
    assert sorted([*good.lines, *(reject.line for reject in rejects)]) == list(range(2, len(rows) + 2))
    assert all(actor != target for actor, target in zip(good.actor, good.target, strict=True))
    assert set(good.kind) <= {int(kind) for kind in EventKind} - {EventKind.MATCH}
