"""A real server: a process of its own, a real socket, a real database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from twofold.testing.postgres import PostgresMissing, PostgresServer, running_postgres

PROGRAM = """
from twofold.entrypoints.server import serve
from twofold.settings import load_settings
serve(load_settings(), lambda address: print(address, flush=True))
"""
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 30.0
CALL_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and a client of it."""

    folder: Path
    process: subprocess.Popen[str]
    address: str
    http: httpx.Client

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS_TO_STOP)


StartServer = Callable[..., Server]


@contextmanager
def running_server(folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Start a server on a data folder; stopped at the end, whatever happens."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")}
    own |= {"TWOFOLD_DATA_DIR": str(folder), "TWOFOLD_PORT": "0", "TWOFOLD_AUTO_TRAIN": "false"} | environment
    with (folder.with_suffix(".log")).open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=own, stdout=-1, stderr=log, text=True)
    assert process.stdout is not None
    watchdog = threading.Timer(SECONDS_TO_START, process.kill)
    watchdog.start()
    try:
        address = process.stdout.readline().strip()
        watchdog.cancel()
        assert address, folder.with_suffix(".log").read_text()
        with httpx.Client(base_url=address, timeout=CALL_SECONDS, trust_env=False) as http:
            yield Server(folder, process, address, http)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server."""
    try:
        with running_postgres() as server:
            yield server
    except PostgresMissing as error:
        pytest.skip(f"PostgreSQL cannot run here: {error}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server on SQLite for the tests of a file; each test uses people of its own."""
    with running_server(tmp_path_factory.mktemp("server") / "data", {}) as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def any_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server on each database."""
    folder = tmp_path_factory.mktemp("server") / "data"
    environment = {}
    if request.param == "postgresql":
        environment["TWOFOLD_DATABASE_URL"] = request.getfixturevalue("postgres").create_database("served")
    with running_server(folder, environment) as server:
        yield server


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """``start(folder, NAME=value)``: a server that this test stops, kills or starts again as it likes."""
    with ExitStack() as stack:
        yield lambda folder, **environment: stack.enter_context(running_server(folder, environment))
