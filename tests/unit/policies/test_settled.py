"""What candidates have already decided about the viewer."""

from __future__ import annotations

import numpy as np

from twofold.domain.event import EventKind
from twofold.policies.settled import AlreadyDecided
from twofold.testing.contracts.town import NOW, Row, population_of, query_of, version_of


def told(*rows: Row) -> list[float | None]:
    """Of the people 1 to 4 about the viewer 0."""
    settled = AlreadyDecided(population_of([version_of(key) for key in range(5)], rows))
    known = settled(query_of(0), np.array([1, 2, 3, 4]))
    return [None if np.isnan(value) else float(value) for value in known]


def test_a_like_is_1_a_dislike_0_and_a_pass_no_fact() -> None:
    assert told(
        (1, 0, EventKind.LIKE, 5),
        (2, 0, EventKind.SUPER_LIKE, 5),
        (3, 0, EventKind.DISLIKE, 5),
        (4, 0, EventKind.PASS, 5),
    ) == [1.0, 1.0, 0.0, None]


def test_the_last_decision_counts() -> None:
    assert told((1, 0, EventKind.LIKE, 5), (1, 0, EventKind.DISLIKE, 6), (2, 0, EventKind.DISLIKE, 5)) == [
        0.0,
        0.0,
        None,
        None,
    ]
    assert told((1, 0, EventKind.LIKE, 5), (1, 0, EventKind.PASS, 6), (2, 0, EventKind.VIEW, 7)) == [None] * 4


def test_nothing_of_the_other_way_round_or_of_the_future() -> None:
    assert told((0, 1, EventKind.LIKE, 5), (2, 3, EventKind.LIKE, 5), (4, 0, EventKind.LIKE, int(NOW))) == [None] * 4
