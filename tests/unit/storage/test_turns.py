"""Turns to write: what is small goes first, nobody is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable

from twofold.storage.sql import turns as turns_module
from twofold.storage.sql.turns import Turns

PATIENCE = 30.0


def order_of(turns: Turns, waiting: list[tuple[str, bool]]) -> list[str]:
    """Who gets the turn when, of those who came one after the other while it was taken."""
    order: list[str] = []
    threads: list[threading.Thread] = []

    def wait(name: str, urgent: bool) -> Callable[[], None]:
        def run() -> None:
            with turns.take(urgent, PATIENCE) as mine:
                assert mine
                order.append(name)

        return run

    with turns.take(True, PATIENCE):
        for place, (name, urgent) in enumerate(waiting, 1):
            thread = threading.Thread(target=wait(name, urgent))
            thread.start()
            threads.append(thread)
            while turns.waiting < place:
                pass
    for thread in threads:
        thread.join(PATIENCE)
    return order


def test_those_alike_come_in_the_order_of_coming() -> None:
    assert order_of(Turns(), [("a", True), ("b", True), ("c", True)]) == ["a", "b", "c"]
    assert order_of(Turns(), [("a", False), ("b", False)]) == ["a", "b"]


def test_what_is_urgent_goes_first() -> None:
    assert order_of(Turns(), [("large", False), ("large too", False), ("small", True)]) == [
        "small",
        "large",
        "large too",
    ]


def test_what_is_large_lets_only_so_many_pass() -> None:
    small = [(f"{number}", True) for number in range(turns_module.LEAD + 6)]
    assert order_of(Turns(), [("large", False), *small]).index("large") <= turns_module.LEAD


def test_who_waits_too_long_leaves_and_holds_nobody_up() -> None:
    turns = Turns()
    with turns.take(True, PATIENCE) as mine:
        assert mine
        with turns.take(True, 0.0) as never:
            assert not never
        assert turns.waiting == 0
    with turns.take(False, 0.0) as again:
        assert again


def test_a_turn_that_fails_is_given_on() -> None:
    turns = Turns()
    try:
        with turns.take(True, PATIENCE):
            raise KeyError
    except KeyError:
        pass
    with turns.take(True, 0.0) as mine:
        assert mine
