"""What servers hold while they change to a newer snapshot: for a while two of them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from twofold.bench.http import Connection, post
from twofold.bench.memory import Memory
from twofold.entrypoints.cli.benching.servers import Server
from twofold.population.population import FEW
from twofold.settings import Settings

SECONDS_BETWEEN = 0.1
SECONDS_AFTER = 2.0  # the old one goes when the last list made of it is done
MOST_SECONDS = 1_800.0
LIKE = {"kind": "like"}


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """One change of snapshots.

    Args:
        making: seconds in which the snapshot was made, by a process of its own that does not count for memory.
        seconds: from then on until all workers had changed.
        before, highest: memory of all workers.
    """

    making: float
    seconds: float
    before: Memory
    highest: Memory


def swapped(settings: Settings, servers: Sequence[Server], pair: tuple[str, str], people: int) -> Swap | None:
    """Let a pair's like be the news of a new snapshot, and watch servers change to it; None where none is made of so
    few people, where the system does not tell, or when they do not change."""
    pids = [server.pid for server in servers]
    before = Memory.of(pids, people)
    if people <= FEW or before is None:
        return None
    asyncio.run(_like(servers[0].address, pair))
    known, highest, start, made = set(_names(settings)), before, time.monotonic(), 0.0
    making = _making(settings)
    try:
        done: float | None = None
        while time.monotonic() - start < MOST_SECONDS:
            now = Memory.of(pids, people)
            highest = max(highest, now or highest, key=lambda memory: memory.pss)
            if not made and making.poll() is not None:
                made = time.monotonic()
            if made and done is None and _mapped(pids, set(_names(settings)) - known):
                done = time.monotonic()
            if done is not None and time.monotonic() - done > SECONDS_AFTER:
                times = round(made - start, 2), round(done - made, 2)
                return Swap(making=times[0], seconds=times[1], before=before, highest=highest)
            time.sleep(SECONDS_BETWEEN)
    finally:
        making.kill()
        making.wait()
    return None


async def _like(address: str, pair: tuple[str, str]) -> None:
    connection = await Connection.open(address)
    await connection.ask(post("/v1/events", {"actor": pair[0], "target": pair[1], **LIKE}))
    connection.close()


def _making(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "twofold.services.making", f"--snapshots={settings.snapshots_dir.absolute()}"]
    environment = {**os.environ, "TWOFOLD_DATABASE_URL": settings.url}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


def _names(settings: Settings) -> list[str]:
    return [each.name for each in settings.snapshots_dir.iterdir() if each.name.startswith("s")]


def _mapped(pids: Sequence[int], names: set[str]) -> bool:
    """Whether all processes look at a file of one of these folders."""
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
    return bool(names) and all(any(f"/{name}/" in each for name in names) for each in maps)
