"""Real servers: ``twofold serve`` as processes of their own, all on one database, each on a loopback port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from twofold.domain.errors import Unavailable
from twofold.settings import Settings

SECONDS_TO_START = 1_800.0  # a million people without a snapshot take minutes; more means that it hangs
SECONDS_TO_STOP = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``seconds`` from its start until it said where it answers."""

    address: str
    pid: int
    seconds: float


@contextmanager
def running(settings: Settings, workers: int = 1) -> Iterator[list[Server]]:
    """Start so many at once; they are stopped in order at the end.

    Raises:
        Unavailable: one did not start; with the last it said.
    """
    with ExitStack() as started, ThreadPoolExecutor(workers) as waiting:
        logs = [settings.data_dir / f"server-{place}.log" for place in range(workers)]
        begun = time.perf_counter()
        children = [started.enter_context(_child(settings, log)) for log in logs]
        yield list(waiting.map(lambda child, log: _ready(child, log, begun), children, logs))


@contextmanager
def _child(settings: Settings, log: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "twofold.entrypoints.cli", "serve", "--json", "--port", "0"]
    command += ["--data-dir", os.fspath(settings.data_dir), "--database-url", settings.url]
    with log.open("wb") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment())
        try:
            yield child
        finally:
            _stop(child)


def _environment() -> dict[str, str]:
    """Nobody's TWOFOLD_* settings: the defaults are what is measured, without a training of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("TWOFOLD_")}
    return {**kept, "TWOFOLD_AUTO_TRAIN": "false", "TWOFOLD_LOG_LEVEL": "warning"}


def _ready(child: subprocess.Popen[str], log: Path, begun: float) -> Server:
    assert child.stdout is not None
    watchdog = threading.Timer(SECONDS_TO_START, child.kill)
    watchdog.start()
    try:
        line = child.stdout.readline()
    finally:
        watchdog.cancel()
    spent = time.perf_counter() - begun
    try:
        return Server(str(json.loads(line)["address"]), child.pid, round(spent, 3))
    except (ValueError, KeyError, TypeError):
        said = log.read_text(errors="replace").strip()[-1_000:]
        raise Unavailable(f"the server did not start: {said or 'it said nothing'}") from None


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
