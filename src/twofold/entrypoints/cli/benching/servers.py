"""Real servers: ``twofold serve`` as processes of their own, all on one database, each on a loopback port."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from twofold.entrypoints.cli.server_process import address_of, server_process
from twofold.settings import Settings

SECONDS_TO_START = 1_800.0  # a million people without a snapshot take minutes; more means that it hangs


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``seconds`` from its start until it said where it answers."""

    address: str
    pid: int
    seconds: float


@contextmanager
def running(settings: Settings, workers: int = 1) -> Iterator[list[Server]]:
    """Start so many at once, each on a free port; they are stopped in order at the end.

    Raises:
        Unavailable: one did not start; with the last it said.
    """
    anywhere = settings.model_copy(update={"port": 0})
    with ExitStack() as started, ThreadPoolExecutor(workers) as waiting:
        logs = [settings.data_dir / f"server-{place}.log" for place in range(workers)]
        begun = time.perf_counter()
        children = [started.enter_context(server_process(anywhere, log, _environment())) for log in logs]
        yield list(waiting.map(lambda child, log: _ready(child, log, begun), children, logs))


def _environment() -> dict[str, str]:
    """Nobody's TWOFOLD_* settings: the defaults are what is measured, without a training of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("TWOFOLD_")}
    return {**kept, "TWOFOLD_AUTO_TRAIN": "false", "TWOFOLD_LOG_LEVEL": "warning"}


def _ready(child: subprocess.Popen[str], log: Path, begun: float) -> Server:
    address = address_of(child, log, SECONDS_TO_START)
    return Server(address, child.pid, round(time.perf_counter() - begun, 3))
