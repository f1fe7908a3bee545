"""A list that was packed is the list that was made, and few objects while it waits."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.answer import Answer, Item
from twofold.domain.impression import ShownList
from twofold.domain.time import Micros
from twofold.services.made import MadeList
from twofold.services.packed import PackedList

SHARES = st.none() | st.floats(0, 1)
ITEMS = st.builds(
    Item,
    person=st.text(st.characters(codec="utf-8"), min_size=1, max_size=5),
    score=st.floats(allow_nan=False),
    p_viewer_likes=SHARES,
    p_candidate_likes=SHARES,
    sources=st.lists(st.sampled_from(["content", "friends"])).map(tuple),
    reason=st.text(st.characters(codec="utf-8"), max_size=5),
    position=st.integers(1, 200),
)


def made_of(items: tuple[Item, ...], propensities: list[float | None], sources: tuple[str, ...]) -> MadeList:
    keys = np.arange(len(items), dtype=np.int64) * 3
    answer = Answer("r1", "Zoë/🦊", items, "m0001", "v2", False, {"self": 1}, {"rank": 0.5})
    shown = ShownList(
        request_id="r1",
        viewer=7,
        at=Micros(1_790_000_000_000_000),
        items=items,
        keys=keys,
        propensities=propensities,
        model="m0001",
        feature_version="v2",
        log_position=2**40,
        features=np.ones((len(items), 2), np.float32),
    )
    own = np.full((len(items), len(sources)), np.nan, np.float32)
    own[::2] = 0.25
    return MadeList((20, frozenset({5})), "m0001", keys, sources, own, answer, shown)


@given(st.lists(st.tuples(ITEMS, SHARES), max_size=4), st.sampled_from([(), ("content",), ("content", "friends")]))
def test_all_comes_back_but_what_the_ranker_saw(
    rows: list[tuple[Item, float | None]], sources: tuple[str, ...]
) -> None:
    made = made_of(tuple(item for item, _ in rows), [propensity for _, propensity in rows], sources)
    found = PackedList.of(made).unpacked()
    for name in ("recipe", "model", "sources", "answer"):
        assert getattr(found, name) == getattr(made, name)
    assert found.keys.tolist() == made.keys.tolist()
    np.testing.assert_array_equal(found.own, made.own)
    assert found.shown.features is None
    assert [*found.shown] == [replace(row, features=None) for row in made.shown]


def test_a_kept_list_is_a_handful_of_objects_for_the_collector() -> None:
    made = made_of((Item("a", 0.5, 0.1, 0.2, ("content",), "why", 1),) * 20, [None] * 20, ("content",))
    packed = [PackedList.of(made) for _ in range(100)]
    assert not any(gc.is_tracked(each.content) or gc.is_tracked(each.keys) for each in packed)
