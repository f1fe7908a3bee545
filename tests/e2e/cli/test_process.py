"""The installed program as a shell sees it: streams, signals, exit codes."""

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

TIMEOUT = 120


Child = subprocess.Popen[str]
Start = Callable[..., Child]


@pytest.fixture
def start() -> Iterator[Start]:
    """``start("models", "list", NAME=value)``: the program as a process of its own, ended with the test."""
    children: list[Child] = []

    def begin(*arguments: str, **environment: str) -> Child:
        own = {name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")}
        command = [sys.executable, "-m", "twofold.entrypoints.cli", *arguments]
        children.append(
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**own, **environment}
            )
        )
        return children[-1]

    yield begin
    for child in children:
        child.kill()
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()


def finish(child: Child) -> tuple[int, str, str]:
    """Wait for the end: exit code, standard output, standard error."""
    out, err = child.communicate(timeout=TIMEOUT)
    assert "Traceback" not in err, err
    return child.returncode, out, err


def test_a_reader_that_goes_away_is_no_traceback(start: Start, trained_dir: Path) -> None:
    child = start("recommend", "p1", TWOFOLD_DATA_DIR=str(trained_dir))
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    err = child.stderr.read()
    child.stderr.close()
    assert child.wait(TIMEOUT) == 1
    assert err == ""


def test_json_is_all_there_is_on_standard_output(start: Start, trained_dir: Path) -> None:
    code, out, err = finish(start("recommend", "p1", "--json", TWOFOLD_DATA_DIR=str(trained_dir)))
    assert code == 0
    assert json.loads(out)["person"] == "p1"
    assert err == ""


def test_a_terminal_that_knows_no_letters_but_ascii_does_not_break_it(start: Start, trained_dir: Path) -> None:
    code, out, _ = finish(
        start("models", "list", TWOFOLD_DATA_DIR=str(trained_dir), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    )
    assert code == 0
    assert "m0001" in out


def test_the_server_serves_and_ends_well_with_ctrl_c(start: Start, trained_dir: Path) -> None:
    child = start("serve", "--port", "0", "--json", "--data-dir", str(trained_dir), TWOFOLD_AUTO_TRAIN="false")
    assert child.stdout is not None
    address = json.loads(child.stdout.readline())["address"]
    with urllib.request.urlopen(f"{address}/v1/people/p1/recommendations?limit=3", timeout=TIMEOUT) as answer:
        assert len(json.load(answer)["items"]) == 3
    child.send_signal(signal.SIGINT)
    code, out, _ = finish(child)
    assert code == 0
    assert out == ""


def test_ctrl_c_ends_a_command_with_130(start: Start, trained_dir: Path) -> None:
    child = start("evaluate", "--as-of", "last", "--data-dir", str(trained_dir))
    assert child.stderr is not None
    assert child.stderr.readline() == "read ...\n"
    child.send_signal(signal.SIGINT)
    assert finish(child)[0] == 130
