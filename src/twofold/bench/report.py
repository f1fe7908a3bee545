"""What every benchmark on a world says first: on what machine, of which world."""

from __future__ import annotations

import sqlite3

import msgspec

from twofold.bench.machine import Machine

PACKAGES = ("numpy", "faiss-cpu", "scikit-learn", "implicit", "uvicorn", "uvloop", "fastapi")


class WorldFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The world that was measured on.

    Args:
        unlimited: share of people who do not limit the distance.
        position: of the log.
        build_seconds: of its parts, when it was built; that may have been earlier, on another day.
    """

    name: str
    people: int
    events: int
    position: int
    seed: int
    unlimited: float
    flat: bool
    build_seconds: dict[str, float]


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """The first part of each report. ``sqlite``: the version of the database."""

    benchmark: str
    machine: Machine
    sqlite: str
    world: WorldFacts

    @classmethod
    def of(cls, benchmark: str, world: WorldFacts) -> Heading:
        """Of this machine, now."""
        return cls(benchmark=benchmark, machine=Machine.this(PACKAGES), sqlite=sqlite3.sqlite_version, world=world)
