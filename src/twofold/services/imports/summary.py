"""What an import did, in figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Progress = Callable[[int, int, int], None]
"""Called after each chunk with rows done, bytes done, bytes in total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What became of a file's rows: ``rows`` is accepted + updated + unchanged + repeated + rejected.

    Args:
        accepted: new people or events. In a dry run every valid row.
        updated: people who were there and are different now.
        unchanged: people who were there just so.
        repeated: events that were there, or rows that a later row about the same person replaced.
        created_people: people made because events named them.
        rejected: rows left out; ``reasons`` counts them by reason, ``rejects_path`` lists them (None: no reject).
        seconds: how long it took.
        ignored_columns: names in the file that nothing was read from; a typo shows here.
        incomplete: what is missing when the file broke off.
        dry_run: nothing was stored.
    """

    rows: int
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    created_people: int = 0
    rejected: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    rejects_path: Path | None = None
    seconds: float = 0.0
    ignored_columns: tuple[str, ...] = ()
    incomplete: str | None = None
    dry_run: bool = False


@dataclass(slots=True)
class Tally:
    """The counts while they grow."""

    rows: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    created_people: int = 0
    rejected: int = 0
