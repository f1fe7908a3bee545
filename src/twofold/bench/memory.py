"""What processes hold in memory: PSS counts what several share once, not once for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

KIB = 1_024


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes over all processes.

    Args:
        pss: proportional set size: shared pages count once.
        private: of one process alone.
        per_person: pss by people.
        shared_per_person: what processes share, by people.
    """

    processes: int
    pss: int
    private: int
    per_person: float
    shared_per_person: float

    @classmethod
    def of(cls, pids: Sequence[int], people: int) -> Memory | None:
        """Of running processes; None where the system does not tell (it takes Linux)."""
        try:
            parts = [_read(pid) for pid in pids]
        except OSError:
            return None
        pss = sum(part["Pss"] for part in parts)
        private = sum(part["Private_Clean"] + part["Private_Dirty"] for part in parts)
        return cls(
            processes=len(pids),
            pss=pss,
            private=private,
            per_person=round(pss / people, 1),
            shared_per_person=round((pss - private) / people, 1),
        )


def _read(pid: int) -> dict[str, int]:
    """``smaps_rollup`` in bytes, by name."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        found[name] = int(value.split()[0]) * KIB
    return found
