"""``twofold serve`` as a process of its own, as somebody would run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from twofold.domain.errors import Unavailable
from twofold.settings import Settings

SECONDS_TO_STOP = 60.0  # it writes what it has before it ends


@contextmanager
def server_process(
    settings: Settings, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a server on these settings; it is stopped at the end.

    Args:
        log: the file that it says to what goes wrong.
        environment: instead of this process's own.
    """
    command = [sys.executable, "-m", "twofold.entrypoints.cli", "serve", "--json", "--port", str(settings.port)]
    command += ["--data-dir", os.fspath(settings.data_dir), "--database-url", settings.url]
    with log.open("wb") as errors, ExitStack() as ending:
        with _signals_wait():
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
            ending.callback(_stop, child)
        yield child


def address_of(child: subprocess.Popen[str], log: Path, seconds: float) -> str:
    """Where it answers, once it does.

    Raises:
        Unavailable: it did not start in so many seconds, or at all; with the last it said.
    """
    assert child.stdout is not None
    watchdog = threading.Timer(seconds, child.kill)
    watchdog.start()
    try:
        line = child.stdout.readline()
    finally:
        watchdog.cancel()
    try:
        return str(json.loads(line)["address"])
    except (ValueError, KeyError, TypeError):
        said = log.read_text(errors="replace").strip()[-1_000:]
        raise Unavailable(f"the server did not start: {said or 'it said nothing'}") from None


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Signals to end take effect after this: one in the middle of starting a child would leave it without a parent."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda each, _frame: came.append(each)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
