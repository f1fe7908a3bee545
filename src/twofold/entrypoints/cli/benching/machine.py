"""A machine in a terminal."""

from __future__ import annotations

from twofold.bench.machine import Machine


def machine_text(machine: Machine) -> str:
    """A machine in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    load = "" if machine.load is None else f", load {machine.load}"
    return f"{machine.machine}, {machine.cores} cores{load}; Python {machine.python}, {versions}"
