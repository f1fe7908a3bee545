"""Who must not see whom: loaded at once or followed event by event, with blocks that can be lifted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.candidate import Removed
from twofold.domain.event import RULES, EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.population.relations import Relations
from twofold.testing.contracts.town import Row, log_of

HALF_YEAR = (RULES[EventKind.PASS].days or 0) * MICROS_PER_DAY
TIMES = st.sampled_from([1_000, 2_000, 3_000, 1_000 + HALF_YEAR])
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(list(EventKind)), TIMES).filter(
        lambda row: row[0] != row[1]
    ),
    max_size=30,
)


def excluded(relations: Relations, viewer: int, now: int = 5_000) -> set[tuple[int, Removed]]:
    keys, codes = relations.excluded(viewer, now)
    return {(key, Removed(code)) for key, code in zip(keys.tolist(), codes.tolist(), strict=True)}


def followed(rows: list[Row], loaded: int = 0) -> Relations:
    relations = Relations(log_of(rows[:loaded]))
    for actor, target, kind, at in rows[loaded:]:
        relations.apply(actor, target, kind, at)
    return relations


@settings(deadline=None, max_examples=300)
@given(rows=ROWS, loaded=st.integers(0, 30), now=TIMES.flatmap(lambda at: st.sampled_from([at, at + HALF_YEAR])))
def test_following_the_log_gives_what_loading_it_gives(rows: list[Row], loaded: int, now: int) -> None:
    at_once, in_parts = Relations(log_of(rows)), followed(rows, loaded)
    for viewer in range(5):
        assert excluded(in_parts, viewer, now) == excluded(at_once, viewer, now)


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("loaded", [0, 1])
def test_each_kind_excludes_whom_the_table_says(kind: EventKind, loaded: int) -> None:
    relations, rule = followed([(1, 2, kind, 1_000)], loaded), RULES[kind]
    code = Removed[rule.reason.upper()]
    by_table = {"NOBODY": (set(), set()), "TARGET": ({(2, code)}, set()), "BOTH": ({(2, code)}, {(1, code)})}
    assert (excluded(relations, 1), excluded(relations, 2)) == by_table[rule.excludes.name]


@pytest.mark.parametrize("loaded", [0, 1])
def test_a_pass_ends_after_its_days_to_the_microsecond(loaded: int) -> None:
    relations = followed([(1, 2, EventKind.PASS, 1_000)], loaded)
    assert excluded(relations, 1, 1_000 + HALF_YEAR - 1)
    assert not excluded(relations, 1, 1_000 + HALF_YEAR)


def test_a_later_pass_does_not_shorten_a_like_and_a_like_outlasts_a_pass() -> None:
    for first, second in ((EventKind.LIKE, EventKind.PASS), (EventKind.PASS, EventKind.LIKE)):
        relations = followed([(1, 2, first, 1_000), (1, 2, second, 2_000)])
        assert excluded(relations, 1, 10 * HALF_YEAR) == {(2, Removed.DECIDED)}


def test_a_decision_after_a_report_does_not_hide_it() -> None:
    relations = followed([(1, 2, EventKind.REPORT, 1_000), (1, 2, EventKind.LIKE, 2_000)])
    assert excluded(relations, 1) == {(2, Removed.REPORTED), (2, Removed.DECIDED)}


@pytest.mark.parametrize(
    ("rows", "blocked"),
    [
        ([(1, 2, "BLOCK", 1)], True),
        ([(1, 2, "BLOCK", 1), (1, 2, "UNBLOCK", 2)], False),
        ([(1, 2, "BLOCK", 1), (1, 2, "UNBLOCK", 1)], False),
        ([(1, 2, "BLOCK", 1), (2, 1, "UNBLOCK", 2)], True),
        ([(1, 2, "BLOCK", 1), (2, 1, "BLOCK", 1), (1, 2, "UNBLOCK", 2)], True),
        ([(1, 2, "BLOCK", 1), (1, 2, "UNBLOCK", 2), (1, 2, "BLOCK", 3)], True),
        ([(1, 2, "BLOCK", 1), (1, 2, "BLOCK", 2), (1, 2, "UNBLOCK", 3)], False),
        # An unblock that was sent late never lifts a newer block, and a block that came late stays.
        ([(1, 2, "BLOCK", 5), (1, 2, "UNBLOCK", 4)], True),
        ([(1, 2, "BLOCK", 5), (1, 2, "BLOCK", 1), (1, 2, "UNBLOCK", 4)], True),
        ([(1, 2, "UNBLOCK", 4), (1, 2, "BLOCK", 1)], True),
    ],
)
@pytest.mark.parametrize("loaded", [0, 9])
def test_blocks(rows: list[tuple[int, int, str, int]], blocked: bool, loaded: int) -> None:
    relations = followed([(actor, target, EventKind[kind], at) for actor, target, kind, at in rows], loaded)
    assert excluded(relations, 1) == ({(2, Removed.BLOCKED)} if blocked else set())
    assert excluded(relations, 2) == ({(1, Removed.BLOCKED)} if blocked else set())


def test_forgetting_a_person_forgets_their_blocks_both_ways() -> None:
    rows: list[Row] = [(1, 2, EventKind.BLOCK, 1), (2, 3, EventKind.BLOCK, 1), (1, 3, EventKind.BLOCK, 1)]
    relations = followed(rows)
    relations.forget(2)
    assert excluded(relations, 2) == set()
    assert excluded(relations, 1) == {(3, Removed.BLOCKED)}
    assert excluded(relations, 3) == {(1, Removed.BLOCKED)}
    relations.forget(1)
    assert excluded(relations, 3) == set()


def test_of_somebody_nobody_knows_nobody_is_excluded() -> None:
    assert excluded(Relations(), 7) == set()
    assert excluded(followed([(1, 2, EventKind.LIKE, 1)], 1), 10**6) == set()
