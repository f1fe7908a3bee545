"""What the options of all benchmarks on a world say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twofold.bench.report import WorldFacts
from twofold.entrypoints.cli.benching.worlds import KeptWorld, kept_world
from twofold.entrypoints.cli.progress import Report
from twofold.simulation.world.shape import Shape


@dataclass(frozen=True, slots=True)
class Asked:
    """Which world, and where worlds are kept (None: the user's cache)."""

    shape: Shape
    keep: Path | None = None

    def world(self, report: Report) -> KeptWorld:
        """The world, built if it is not there."""
        return kept_world(self.shape, self.keep, report)

    def facts(self, world: KeptWorld) -> WorldFacts:
        """What a report says of the world."""
        return WorldFacts(
            name=world.shape.name,
            people=world.built.people,
            events=world.built.events,
            position=world.built.position,
            seed=world.shape.seed,
            unlimited=world.shape.unlimited,
            flat=world.shape.flat,
            build_seconds=world.built.seconds,
        )
