"""World and machine in a terminal."""

from __future__ import annotations

from twofold.bench.machine import Machine
from twofold.bench.report import Heading
from twofold.entrypoints.cli.output import count


def machine_text(machine: Machine) -> str:
    """A machine in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    load = "" if machine.load is None else f", load {machine.load}"
    return f"{machine.machine}, {machine.cores} cores{load}; Python {machine.python}, {versions}"


def heading_facts(heading: Heading) -> dict[str, str]:
    """World and machine, for the lines above every table."""
    world = heading.world
    popularity = "flat" if world.flat else "heavy-tailed"
    built = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in world.build_seconds.items())
    return {
        "world": f"{count(world.people)} people, {count(world.events)} events, {world.unlimited:.0%} without limit of "
        f"distance, {popularity} popularity, seed {world.seed}",
        "built": built,
        "machine": f"{machine_text(heading.machine)}, SQLite {heading.sqlite}",
    }
