"""Whose lists are asked for."""

from __future__ import annotations

from itertools import islice

import numpy as np

from twofold.bench.memory import Memory
from twofold.bench.spread import Spread
from twofold.bench.viewers import Viewers, endless, spread_evenly


def viewers(limited: int = 80, unlimited: int = 20) -> Viewers:
    keys = np.arange(limited + unlimited)
    return Viewers(keys[:limited], keys[limited:], "p{}".format, np.random.default_rng(3))


def places(paths: list[str]) -> list[int]:
    return [int(path.split("/")[3][1:]) for path in paths]


def test_everybody_once_and_the_share_exactly() -> None:
    drawn = viewers()
    found = places(drawn.draw(40, share=0.25))
    assert len(set(found)) == 40
    assert sum(place >= 80 for place in found) == 10
    more = places(drawn.draw(40, share=0.25))
    assert not set(found) & set(more)
    assert drawn.repeats == 0


def test_who_comes_again_asks_for_another_list() -> None:
    drawn = viewers(limited=5, unlimited=0)
    found = drawn.draw(20, share=0.5)
    assert len(set(found)) == 20
    assert drawn.repeats == 15


def test_the_same_seed_draws_the_same() -> None:
    assert viewers().draw(30, 0.1) == viewers().draw(30, 0.1)


def test_workers_take_turns() -> None:
    asks = spread_evenly(viewers().draw(4, 0), 2)
    assert [ask.worker for ask in asks] == [0, 1, 0, 1]
    assert asks[0].request.startswith(b"GET /v1/people/p")


def test_there_is_always_another() -> None:
    assert len({ask.request for ask in islice(endless(viewers(), 0.05, at_once=7), 300)}) == 300


def test_nothing_has_no_spread() -> None:
    assert Spread.of([]).n == 0
    assert Spread.of([float("nan"), 0.5]).max == 500


def test_memory_of_a_process_that_is_gone_is_not_known() -> None:
    assert Memory.of([2**22 + 1], people=10) is None
