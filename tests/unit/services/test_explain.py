"""An explanation tells the candidate's way through the pipeline, or why there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twofold.bootstrap import Twofold
from twofold.domain.errors import NotFound
from twofold.domain.event import EventKind

Act = Callable[[str, EventKind, str], None]


def test_a_candidate_on_the_list_is_explained(product: Twofold) -> None:
    found = product.explain.explain("p0", "p5")
    assert found.eligible
    assert found.removed is None
    assert "content" in found.sources
    assert found.reason is not None
    assert {moved.feature for moved in found.moved} == {
        "has_bio",
        "interests_count",
        "recent_activity_30d",
        "account_age_days",
    }
    assert found.score == pytest.approx(sum(moved.moved for moved in found.moved), abs=1.0)


def test_one_who_may_not_be_shown_says_why(product: Twofold, act: Act) -> None:
    act("p0", EventKind.LIKE, "p5")
    found = product.explain.explain("p0", "p5")
    assert not found.eligible
    assert found.removed == "decided"
    assert found.position is None
    assert found.sources == {}


def test_asking_twice_gives_the_same(product: Twofold) -> None:
    assert product.explain.explain("p0", "p5") == product.explain.explain("p0", "p5")


def test_both_must_exist(product: Twofold) -> None:
    with pytest.raises(NotFound, match="no such candidate"):
        product.explain.explain("p0", "nobody")
    with pytest.raises(NotFound, match="no such person"):
        product.explain.explain("nobody", "p0")


def test_it_is_the_list_that_was_shown_that_is_explained(product: Twofold) -> None:
    answer = product.recommend.recommend("p0", 10)
    on_it = {item.person for item in answer.items}
    for item in answer.items:
        found = product.explain.explain("p0", item.person)
        assert (found.position, found.score, found.reason) == (item.position, item.score, item.reason)
        assert tuple(found.sources) == item.sources
        assert found.list_length == 10
    off = next(f"p{number}" for number in range(1, 30) if f"p{number}" not in on_it)
    assert product.explain.explain("p0", off).position is None
