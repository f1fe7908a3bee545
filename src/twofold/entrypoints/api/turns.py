"""Lists in turn: they are made one after the other anyway, and threads that only wait for that cost those that work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

T = TypeVar("T")

# One that is made, and one that begins as soon as it is done; the others wait their turn in order, without a thread.
AT_ONCE = 2


class Turns:
    """Runs calls on threads, few at once, first come, first served."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result; its errors are raised as they are."""
        return await to_thread.run_sync(call, limiter=self._limiter)


def turns_of(request: Request) -> Turns:
    """The turns of the application that a request came to."""
    state = request.app.state
    if not hasattr(state, "turns"):
        state.turns = Turns()
    turns: Turns = state.turns
    return turns
