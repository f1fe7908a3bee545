"""The load generator's accounting, against servers that stall, fail and hang up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import repeat

import numpy as np
import pytest

from twofold.bench import load
from twofold.bench.http import LOST, Connection, get, post
from twofold.bench.load import Ask, Run, closed_loop, open_loop

Answer = Callable[[int, bytes], Awaitable[bytes | None]]


def reply(status: int, body: bytes = b"{}") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """A server on a port of its own; ``answer`` gets the request's number and head, None hangs up."""
    seen = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen += 1
                said = await answer(seen, head)
                if said is None:
                    break
                writer.write(said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def quick(_number: int, _head: bytes) -> bytes:
    return reply(200)


def asks(count: int, workers: int = 1) -> list[Ask]:
    return [Ask(place % workers, get("/x")) for place in range(count)]


def loaded(answer: Answer, count: int, rate: float, connections: int) -> Run:
    async def run() -> Run:
        async with serving(answer) as address:
            return await open_loop([address], asks(count), rate, connections)

    return asyncio.run(run())


def test_every_request_is_answered_and_timed() -> None:
    run = loaded(quick, 50, 500, 4)
    assert len(run) == len(run.served) == 50
    assert run.errors == 0
    assert (run.seconds > 0).all()
    assert run.per_worker(1) == [50]
    assert run.span >= 49 / 500


def test_a_stalled_server_shows_in_the_latency_of_all_who_came_meanwhile() -> None:
    turn = asyncio.Lock()

    async def stalls_once(number: int, _head: bytes) -> bytes:
        async with turn:
            if number == 11:
                await asyncio.sleep(0.5)
            return reply(200)

    run = loaded(stalls_once, 100, 200, 2)
    # 0.5 s at 200/s: all the hundred who came in the stall waited, not the two who had been sent.
    assert np.median(run.seconds) > 0.1
    assert (run.seconds > 0.05).sum() > 60
    assert run.seconds.max() > 0.4
    assert run.late.max() > 0.3, "most waited for a connection, and that was counted"


def test_the_workers_share_the_load_evenly() -> None:
    async def run() -> Run:
        async with serving(quick) as one, serving(quick) as other:
            return await open_loop([one, other], asks(40, workers=2), 1_000, 4)

    assert asyncio.run(run()).per_worker(2) == [20, 20]


def test_errors_are_counted_and_their_times_left_out() -> None:
    async def fails(number: int, _head: bytes) -> bytes:
        return reply(503 if number % 2 else 200)

    run = loaded(fails, 40, 1_000, 1)
    assert run.errors == 20
    assert len(run.served) == 20
    assert run.statuses == {"200": 20, "503": 20}


def test_who_hangs_up_is_connected_to_again() -> None:
    async def hangs_up(number: int, _head: bytes) -> bytes | None:
        return None if number == 5 else reply(200)

    run = loaded(hangs_up, 30, 200, 1)
    assert run.errors == 1
    assert int((run.status == LOST).sum()) == 1
    assert np.isnan(run.seconds).sum() == 1


async def second_hangs_up(number: int, _head: bytes) -> bytes | None:
    return None if number == 2 else reply(200)


def test_what_met_a_connection_closed_while_idle_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "IDLE_SECONDS", 0.05)
    run = loaded(second_hangs_up, 4, 8, 1)
    assert run.errors == 0
    assert len(run.served) == 4


def test_nothing_is_sent_again_that_is_not_safe_or_met_a_busy_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def posted() -> Run:
        async with serving(second_hangs_up) as address:
            return await open_loop([address], [Ask(0, post("/x", {})[: -len(b"{}")])] * 4, 8, 1)

    assert loaded(second_hangs_up, 4, 8, 1).errors == 1, "not idle for long"
    monkeypatch.setattr(load, "IDLE_SECONDS", 0.05)
    assert asyncio.run(posted()).errors == 1


def test_it_is_sent_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs_up(number: int, _head: bytes) -> bytes | None:
        return reply(200) if number == 1 else None

    monkeypatch.setattr(load, "IDLE_SECONDS", 0.05)
    assert loaded(hangs_up, 2, 8, 1).errors == 1


def test_a_closed_loop_sends_as_fast_as_it_is_answered() -> None:
    async def run() -> Run:
        async with serving(quick) as one, serving(quick) as other:
            return await closed_loop([one, other], repeat(Ask(0, get("/x"))), 0.2, 3)

    found = asyncio.run(run())
    assert found.errors == 0
    assert min(found.per_worker(2)) > 10
    assert found.span < 2


def test_a_closed_loop_ends_with_what_there_is_to_ask() -> None:
    async def run() -> Run:
        async with serving(quick) as address:
            return await closed_loop([address], iter(asks(7)), 60, 2)

    assert len(asyncio.run(run())) == 7


def test_bodies_come_whole_however_they_are_cut() -> None:
    async def dribbles(_number: int, _head: bytes) -> bytes:
        return reply(201, b'{"a": "' + b"x" * 200_000 + b'"}')

    async def run() -> None:
        async with serving(dribbles) as address:
            connection = await Connection.open(address)
            for _ in range(2):
                answer = await connection.ask(post("/x", {"b": 1}))
                assert answer.status == 201
                assert len(answer.document()["a"]) == 200_000
            connection.close()

    asyncio.run(run())


def test_a_server_that_is_gone_is_an_error() -> None:
    async def run() -> None:
        async with serving(quick) as address:
            connection = await Connection.open(address)
            connection.close()
            await asyncio.sleep(0.01)
            assert (await connection.ask(get("/x"))).status == LOST
        with pytest.raises(ConnectionRefusedError):
            await Connection.open(address)

    asyncio.run(run())
