"""What people have decided about each other: the last decision by time, however it is looked up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.event import DECISIONS, NEGATIVES, POSITIVES, EventKind
from twofold.population import standing as module
from twofold.population.ragged import chunks, spans
from twofold.population.standing import standing
from twofold.testing.contracts.town import Row, population_of, version_of

PEOPLE = 4
ROWS = st.lists(
    st.tuples(
        st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), st.sampled_from(list(EventKind)), st.integers(1, 9)
    ).filter(lambda row: row[0] != row[1]),
    max_size=40,
)
PAIRS = [(one, other) for one in range(PEOPLE) for other in range(PEOPLE)]


def last(rows: list[Row], actor: int, target: int, t: int, p: int) -> tuple[int, int]:
    found = [row for row in rows[:p] if row[:2] == (actor, target) and row[2] in DECISIONS and row[3] < t]
    found.sort(key=lambda row: row[3])
    return (int(found[-1][2]), found[-1][3]) if found else (0, 0)


@settings(max_examples=100)
@given(
    rows=ROWS,
    asked=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 41)), min_size=1, max_size=3),
    chunk=st.sampled_from([1, 5, 4_000_000]),
    written=st.booleans(),
)
def test_the_last_decision_stands(rows: list[Row], asked: list[tuple[int, int]], chunk: int, written: bool) -> None:
    """Many pairs of many moments, one actor, one target; all at once or in parts."""
    population = population_of([version_of(key) for key in range(PEOPLE)], rows)
    actors, targets = np.tile(np.array(PAIRS), (len(asked), 1)).T
    moments, positions = (np.repeat([*column], len(PAIRS)) for column in zip(*asked, strict=True))
    as_of = AsOf.at(moments, positions if written else None)
    views = [(t, p if written else 99) for t, p in asked]
    expected = [last(rows, actor, target, t, p) for t, p in views for actor, target in PAIRS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        found = standing(population, actors, targets, as_of)
        assert list(zip(found.kind.tolist(), found.at.tolist(), strict=True)) == expected
        everyone = np.arange(PEOPLE)
        for one in range(PEOPLE):
            first = as_of.take(slice(1))
            by = standing(population, np.array([one]), everyone, first)
            of = standing(population, everyone, np.array([one]), first)
            assert by.kind.tolist() == [last(rows, one, other, *views[0])[0] for other in range(PEOPLE)]
            assert of.kind.tolist() == [last(rows, other, one, *views[0])[0] for other in range(PEOPLE)]
            assert of.at.tolist() == [last(rows, other, one, *views[0])[1] for other in range(PEOPLE)]
    assert found.liked.tolist() == [kind in POSITIVES for kind, _ in expected]
    assert found.super_liked.tolist() == [kind == EventKind.SUPER_LIKE for kind, _ in expected]
    assert found.declined.tolist() == [kind in NEGATIVES for kind, _ in expected]


@given(sizes=st.lists(st.integers(0, 9), max_size=20), most=st.integers(1, 12))
def test_chunks_hold_every_row_once_and_no_more_than_asked(sizes: list[int], most: int) -> None:
    found = chunks(np.array(sizes, np.int64), most)
    assert [row for start, end in found for row in range(start, end)] == list(range(len(sizes)))
    for start, end in found:
        assert end == start + 1 or sum(sizes[start:end]) <= most
    for (start, end), (_, further) in itertools.pairwise(found):
        assert sum(sizes[start : end + 1]) > most, f"{end} to {further} would have fitted"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_spans_are_every_place_of_each(ends: list[tuple[int, int]]) -> None:
    """One that ends before it begins is empty."""
    starts, stops = np.array(ends, np.int64).reshape(-1, 2).T
    rows, places = spans(starts, stops)
    expected = [(row, place) for row, (start, stop) in enumerate(ends) for place in range(start, stop)]
    assert list(zip(rows.tolist(), places.tolist(), strict=True)) == expected
