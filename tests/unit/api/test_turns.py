"""Few lists are made at once; all others wait their turn and get it in order."""

from __future__ import annotations

import threading
import time

import anyio
import pytest

from twofold.entrypoints.api.turns import AT_ONCE, Turns

pytestmark = pytest.mark.anyio


async def test_no_more_run_at_once_and_all_get_their_turn_in_order() -> None:
    turns, lock, running, most, begun = Turns(), threading.Lock(), 0, 0, list[int]()

    def call(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            begun.append(number)
        time.sleep(0.005)
        with lock:
            running -= 1
        return number

    found: dict[int, int] = {}

    async def ask(number: int) -> None:
        found[number] = await turns.run(lambda: call(number))

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(ask, number)
            await anyio.lowlevel.checkpoint()
    assert most == AT_ONCE
    assert found == {number: number for number in range(20)}
    assert all(abs(place - number) < AT_ONCE for place, number in enumerate(begun))


async def test_errors_are_raised_as_they_are_and_give_the_turn_back() -> None:
    turns = Turns()
    for _ in range(AT_ONCE + 1):
        with pytest.raises(ZeroDivisionError):
            await turns.run(lambda: 1 // 0)
    assert await turns.run(lambda: 3) == 3
