"""A snapshot made by a process of its own, at the lowest priority, one at a time for all servers of a machine.

``python -m twofold.services.making --snapshots DIR``, with the database's URL in ``TWOFOLD_DATABASE_URL``: says nothing
and ends with 0 when there is a new snapshot or another process makes one, else the reason and an exit code of
`domain.errors`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import structlog

from twofold.domain.errors import TwofoldError
from twofold.population.snapshot import Snapshots
from twofold.services.snapshots import SnapshotService
from twofold.storage.url import open_store

NICENESS = 19  # requests that are served on the same machine go first: this gets what they leave
SECONDS_TO_END = 10.0
MOST_SAID = 2_000

log = structlog.get_logger()


class SnapshotProcess:
    """Makes a snapshot in a child process.

    Args:
        database_url: whose log.
        folder: of the snapshots.
    """

    def __init__(self, database_url: str, folder: Path) -> None:
        self._command = [sys.executable, "-m", "twofold.services.making", f"--snapshots={folder.absolute()}"]
        self._environment = {**os.environ, "TWOFOLD_DATABASE_URL": database_url}
        self._child: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether it still does; how it failed is told in the server's log."""
        child = self._child
        if child is None:
            return False
        if child.poll() is None:
            return True
        said = child.communicate()[1].strip()[-MOST_SAID:]
        if child.returncode:
            log.error("no snapshot was made; it is tried again", code=child.returncode, why=said)
        self._child = None
        return False

    def start(self) -> None:
        """Begin."""
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )

    def stop(self) -> None:
        """Give up what is under way: its draft is cleared away by the next."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        with child:
            try:
                child.communicate(timeout=SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                child.kill()


def main() -> int:
    """Make one, unless somebody does; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m twofold.services.making", description="Make a snapshot.")
    parser.add_argument("--snapshots", required=True, type=Path, help="folder of the snapshots")
    options = parser.parse_args()
    give_way()
    try:
        with contextlib.closing(open_store(os.environ["TWOFOLD_DATABASE_URL"])) as store:
            service = SnapshotService(store, Snapshots(options.snapshots, store.identity()))
            with service.snapshots.turn() as mine:
                if mine:
                    service.renew()
    except TwofoldError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def give_way() -> None:
    """Run at the lowest priority there is."""
    os.nice(NICENESS)
    if hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


if __name__ == "__main__":
    sys.exit(main())
