"""Real servers change to newer snapshots under load, and have one made when they have followed for too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.e2e.api.conftest import Server, running_server

PEOPLE = 60
SECONDS = 60.0


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two servers on one folder, which change after 300 changes."""
    folder = tmp_path / "data"
    folder.mkdir()
    environment = {"TWOFOLD_SNAPSHOT_AFTER": "300"}
    with ExitStack() as stack:
        one = stack.enter_context(running_server(folder, environment))
        two = stack.enter_context(running_server(folder, environment))
        people = [
            {"id": f"p{number}", "birth_date": f"199{number % 10}-03-01", "gender": "woman", "interests": ["chess"]}
            for number in range(PEOPLE)
        ]
        assert one.http.post("/v1/people/bulk", json={"people": people}).status_code < 300
        yield one, two


def shown(server: Server, person: str) -> list[str]:
    reply = server.http.get(f"/v1/people/{person}/recommendations", params={"limit": 60})
    assert reply.status_code == 200, reply.text
    return [item["person"] for item in reply.json()["items"]]


def act(server: Server, kind: str, pairs: list[tuple[str, str]]) -> None:
    events = [{"actor": actor, "target": target, "kind": kind} for actor, target in pairs]
    reply = server.http.post("/v1/events/batch", json={"events": events})
    assert reply.status_code < 300, reply.text


def snapshot(folder: Path) -> str:
    command = [sys.executable, "-m", "twofold.entrypoints.cli", "snapshot", "--json", "--data-dir", str(folder)]
    return str(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["snapshot"])


def mapped(server: Server) -> set[str]:
    """The snapshots that a server reads from."""
    lines = Path(f"/proc/{server.process.pid}/maps").read_text().splitlines()
    return {Path(line.split()[-1]).parent.name for line in lines if "everyone.bin" in line}


def until(said: Callable[[], bool]) -> None:
    """Wait for something to become so."""
    end = time.monotonic() + SECONDS
    while not said():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is read from /proc")
def test_servers_change_under_load_and_forget_no_block(pair: tuple[Server, Server]) -> None:
    one = pair[0]
    act(one, "block", [("p0", "p1"), ("p2", "p0")])
    assert not {"p1", "p2"} & set(shown(one, "p0"))
    wrong: list[str] = []
    blocked = {"p1", "p2"}
    stop = threading.Event()

    def ask(server: Server) -> None:
        with httpx.Client(base_url=server.address, timeout=30, trust_env=False) as http:
            while not stop.is_set():
                known = set(blocked)
                reply = http.get("/v1/people/p0/recommendations", params={"limit": 60})
                if reply.status_code != 200:
                    wrong.append(reply.text)
                elif seen := known & {item["person"] for item in reply.json()["items"]}:
                    wrong.append(f"shown after a block: {seen}")

    threads = [threading.Thread(target=ask, args=(server,)) for server in pair]
    for thread in threads:
        thread.start()
    try:
        for round_ in range(2):
            act(one, "block", [("p3", f"p{4 + round_}")])  # of the same log a snapshot would not be a newer one
            made = snapshot(one.folder)
            number = 3
            while not all(mapped(server) == {made} for server in pair):
                target = f"p{3 + round_ * 12 + number % 12}"
                act(pair[number % 2], "block", [("p0", target)])
                blocked.add(target)
                number += 1
                assert number < 1_200, "they never changed"
                time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    for server in pair:
        assert not blocked & set(shown(server, "p0"))
        assert server.stop() == 0
    assert "Traceback" not in one.folder.with_suffix(".log").read_text()


def acted(server: Server, many: int) -> None:
    pairs = [(f"p{a}", f"p{b}") for a in range(PEOPLE) for b in range(PEOPLE) if a != b]
    act(server, "like", pairs[:many])
    shown(server, "p59")


def makers(folder: Path) -> list[int]:
    """Processes that make a snapshot for a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = each.read_bytes()
        except OSError:
            continue
        if b"twofold.services.making" in line and os.fsencode(folder) in line:
            found.append(int(each.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is read from /proc")
def test_one_that_is_killed_while_it_makes_one_leaves_all_as_it_was_and_a_later_one_is_taken(
    pair: tuple[Server, Server],
) -> None:
    one, two = pair
    folder = one.folder / "snapshots"
    shown(two, "p59")
    acted(one, 400)
    killed = 0
    end = time.monotonic() + SECONDS
    while not killed and time.monotonic() < end:
        for pid in makers(folder):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    assert killed
    assert len(shown(one, "p59")) > 0
    act(one, "block", [("p59", "p3")])
    assert "p3" not in shown(two, "p59")
    shown(one, "p59")
    snapshot(one.folder)
    until(lambda: all(mapped(server) for server in pair))
    for server in pair:
        assert "p3" not in shown(server, "p59")
    until(lambda: not list(folder.glob(".draft-*")))


@pytest.mark.skipif(sys.platform != "linux", reason="what is mapped is read from /proc")
def test_too_much_followed_makes_all_servers_change_to_one_new_snapshot(pair: tuple[Server, Server]) -> None:
    one, two = pair
    for server in pair:
        shown(server, "p59")
    acted(one, 400)
    shown(two, "p59")
    until(lambda: all(mapped(server) for server in pair))
    assert mapped(one) == mapped(two)
    assert len(shown(two, "p0")) == 0, "p0 decided on all"
    assert one.stop() == two.stop() == 0
    assert not makers(one.folder / "snapshots")
