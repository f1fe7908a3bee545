"""The course of the serving benchmark, against a server that makes up its lists."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from twofold.bench.freshness import freshness
from twofold.bench.load import Run
from twofold.bench.memory import Memory
from twofold.bench.report import Heading, WorldFacts
from twofold.bench.serving import BesideRow, Measured, Serving, stages
from twofold.bench.sketch import SketchReport
from twofold.bench.spread import Spread
from twofold.bench.viewers import Viewers
from twofold.entrypoints.cli.benching.serving import ServingReport
from twofold.entrypoints.cli.benching.serving_table import say_serving


class Lists:
    """A server: three people for everybody, the same again from its cache; forgets whom one acted on, after a while.

    ``forgetful``: how many lists still hold them. ``beside``: another server that is told what this one is told.
    """

    def __init__(self, forgetful: int = 0, beside: Lists | None = None) -> None:
        self._seen: set[str] = set()
        self._gone: dict[str, set[str]] = {} if beside is None else beside._gone
        self._forgetful = forgetful
        self.asked_for_metrics = 0

    def answer(self, head: str, body: bytes) -> tuple[int, dict[str, object]]:
        if head.startswith("POST"):
            event = json.loads(body)
            self._gone.setdefault(event["actor"], set()).add(event["target"])
            return 201, {"accepted": 1}
        path = head.split()[1]
        if path == "/metrics":
            self.asked_for_metrics += 1
            return 200, {"": f"twofold_prepared {float(self.asked_for_metrics > 1)}"}
        gone = self._gone.get(path.split("/")[3], set())
        if gone and self._forgetful > 0:
            self._forgetful, gone = self._forgetful - 1, set()
        timings = {"cache": 0.1} if path in self._seen else {"filter": 1.0, "total": 2.0}
        self._seen.add(path)
        items = [{"person": name} for name in ("ada", "bea", "cem") if name not in gone]
        return 200, {"items": items, "timings_ms": timings}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length")), 0)
                status, document = self.answer(head, await reader.readexactly(length))
                said = json.dumps(document).encode()
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(said)}\r\n\r\n".encode() + said)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextmanager
def served(lists: Lists) -> Iterator[str]:
    """The server in a thread, as the benchmark brings its own event loop."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(lists.serve, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.01)  # until what was hung up is gone


def viewers() -> Viewers:
    keys = np.arange(5_000)
    return Viewers(keys[500:], keys[:500], "p{}".format, np.random.default_rng(1))


def measured(addresses: list[str]) -> Measured:
    serving = Serving(
        addresses=addresses,
        pids=[2**22 + 1],
        viewers=viewers(),
        people=5_000,
        rate=100.0,
        seconds=0.3,
        unlimited=0.05,
        done=lambda _what, _share: None,
    )
    return serving.measure()


@pytest.fixture(scope="module")
def found() -> Measured:
    lists = Lists()
    with served(lists) as one, served(Lists(beside=lists)) as other:
        return measured([one, other])


def test_every_row_is_measured(found: Measured) -> None:
    assert [row.unlimited for row in found.loads] == [0.05, 0.0, 0.2]
    for row in (*found.loads, found.cached):
        assert (row.errors, row.statuses, row.cached, row.per_worker) == (0, {"200": 30}, 0, [15, 15])
    assert set(found.stages) == {"filter", "total"}
    assert found.stages["total"].p50 == 2.0
    assert [row.workers for row in found.saturation] == [1] * 6 + [2]
    assert found.memory is None


def test_what_is_acknowledged_and_not_obeyed_is_told() -> None:
    async def look(address: str) -> list[int]:
        return [row.stale for row in await freshness([address], viewers().draw(4, 0.0))]

    with served(Lists(forgetful=3)) as address:
        assert sum(asyncio.run(look(address))) == 3


def test_a_body_that_is_no_list_tells_no_stage() -> None:
    nothing = np.empty(0)
    assert stages(Run(nothing, nothing, nothing.astype(int), nothing.astype(int), [b"", b"[1]", b"no"], 0.0)) == {}


def test_the_table_tells_everything(
    found: Measured, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    world = WorldFacts(
        name="w", people=5_000, events=9, position=9, seed=1, unlimited=0.05, flat=False, build_seconds={"draw": 1.0}
    )
    spread = Spread.of([0.5])
    report = ServingReport(
        heading=Heading.of("serving", world),
        model="collaborative+ranking",
        workers=2,
        seconds=0.3,
        ready_seconds=[1.0, 2.0],
        measured=found,
        baseline=SketchReport(ms=spread, parts={"random": spread}, prepare_seconds=1.0).beside(spread, spread),
        beside=BesideRow(rate=100.0, seconds=9.0, ms=spread, errors=0, ratio_p50=1.25, ratio_p99=1.75),
    )
    say_serving(report)
    said = capsys.readouterr().out
    for text in (
        "5,000 people",
        "made anew",
        "cached",
        "per worker",
        "filter",
        "other",
        "random",
        "1.00 times",
        "1.25 times as long at p50, 1.75 at p99",
        "load",
    ):
        assert text in said
    assert "does not tell" in said


def test_memory_of_this_process_is_known_on_linux() -> None:
    pytest.importorskip("resource")
    import os

    memory = Memory.of([os.getpid()], people=100)
    assert memory is None or memory.pss >= memory.private > 0
