"""The demo, as a stranger runs it: it works, it leaves nothing, and it never touches what is the user's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twofold.domain.time import Micros
from twofold.simulation.demo import people_to_show, settle_events, settle_people
from twofold.simulation.town import build_town
from twofold.storage.memory import MemoryStore

TIMEOUT = 180


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where the demo's temporary folder will be."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(scratch: Path) -> Iterator[Start]:
    """``start("--check")``: the demo where the environment names data of the user's, which must not be touched."""
    environment = {
        **os.environ,
        "TMPDIR": str(scratch),
        "TWOFOLD_DATA_DIR": str(scratch.parent / "mine"),
        "TWOFOLD_DATABASE_URL": "postgresql://mine@127.0.0.1:1/mine",
        "TWOFOLD_CANDIDATES": "nonsense",
    }
    children: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "twofold.entrypoints.cli", "demo", *arguments]
        children.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        )
        return children[-1]

    yield begin
    for child in children:
        child.kill()
        child.communicate()


def test_the_check_passes_and_leaves_nothing(start: Start, scratch: Path) -> None:
    child = start("--people", "500", "--check")
    out, err = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 0, err
    assert out.splitlines()[-1] == "demo: ok"
    assert list(scratch.iterdir()) == []
    assert not (scratch.parent / "mine").exists()


def test_a_check_that_cannot_pass_says_why_and_ends_with_1(start: Start, scratch: Path) -> None:
    child = start("--people", "5", "--check")
    out, err = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 1
    assert "too small to train on" in err
    assert "demo: ok" not in out
    assert list(scratch.iterdir()) == []


def test_the_town_is_served_until_ctrl_c(start: Start, scratch: Path) -> None:
    child = start("--people", "500", "--port", "0", "--json")
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert len(ready["commands"]) == 3
    url = f"{ready['address']}/v1/people/{ready['person']}/recommendations"
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
        items = json.load(answer)["items"]
    assert items
    assert f"/explanation/{items[1]['person']}" in ready["commands"][2], "the commands name people who are on the list"
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=TIMEOUT)
    assert child.returncode == 0, err
    assert list(scratch.iterdir()) == []


def test_interrupted_while_it_builds_it_leaves_nothing(start: Start, scratch: Path) -> None:
    child = start("--people", "500")
    assert child.stderr is not None
    assert child.stderr.readline() == "imagine the town ...\n"
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=TIMEOUT)
    assert child.returncode == 128 + signal.SIGTERM
    assert list(scratch.iterdir()) == []


def test_the_town_is_stored_whole() -> None:
    now = Micros(1_750_000_000_000_000)
    town, store = build_town(300, 6_000, 1, now), MemoryStore()
    shares: list[float] = []
    keys = settle_people(town, store, now, shares.append)
    settle_events(town, store, keys, now, shares.append)
    assert store.count_people() == 300
    assert store.count_events() >= len(town), "and the matches that follow from likes"
    assert shares[-1] == 1.0
    shown = people_to_show(town)
    assert len(shown) == len(set(shown)) == 20
    assert {each.id for each in town.people if each.active} >= set(shown)
