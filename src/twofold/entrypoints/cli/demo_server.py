"""The demo's server as a process of its own, as somebody would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twofold.entrypoints.cli.demo_client import CheckFailed
from twofold.settings import Settings

SECONDS_TO_START = 60.0  # a slow machine loads 20,000 people in a few; more means that it hangs
SECONDS_TO_STOP = 15.0


@contextmanager
def child_server(settings: Settings) -> Iterator[str]:
    """Start ``twofold serve`` on these settings; gives its address once it answers, and stops it at the end.

    Raises:
        CheckFailed: it did not start; with the last it said.
    """
    log = settings.data_dir / "server.log"
    with log.open("wb") as errors:
        child = subprocess.Popen(_command(settings), stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            yield _address(child, log)
        finally:
            _stop(child)


def _command(settings: Settings) -> list[str]:
    command = [sys.executable, "-m", "twofold.entrypoints.cli", "serve", "--json", "--port", str(settings.port)]
    return [*command, "--data-dir", os.fspath(settings.data_dir), "--database-url", settings.url]


def _address(child: subprocess.Popen[str], log: Path) -> str:
    assert child.stdout is not None
    watchdog = threading.Timer(SECONDS_TO_START, child.kill)
    watchdog.start()
    try:
        line = child.stdout.readline()
    finally:
        watchdog.cancel()
    try:
        return str(json.loads(line)["address"])
    except (ValueError, KeyError, TypeError):
        said = log.read_text(errors="replace").strip()[-1_000:]
        raise CheckFailed(f"the server did not start: {said or 'it said nothing'}") from None


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
