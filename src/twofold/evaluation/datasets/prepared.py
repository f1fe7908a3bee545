"""The files a data set becomes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twofold.domain.errors import InvalidInput, Unavailable
from twofold.domain.time import MICROS_PER_SECOND, datetime_from_micros

EVENT_HEADER = ("actor", "target", "kind", "at")
Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSummary:
    """What was written.

    Args:
        name: of the data set.
        people, events: how many rows.
        people_path, events_path: where.
        dropped: rows of the source that were left out, by reason.
        notes: what to know before importing, in sentences.
    """

    name: str
    people: int
    events: int
    people_path: Path
    events_path: Path
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data set in our words, before it is written: rows of people under their header, and rows of events."""

    header: Row
    people: Sequence[Row]
    events: Sequence[Row]
    dropped: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def write(self, name: str, target: Path) -> PreparedSummary:
        """Write ``people.csv`` and ``events.csv`` into the folder ``target``, which is created.

        Raises:
            InvalidInput: when ``target`` is a file.
            Unavailable: when it cannot be written.
        """
        if target.exists() and not target.is_dir():
            raise InvalidInput("--to", "a folder, not a file")
        people, events = target / "people.csv", target / "events.csv"
        try:
            target.mkdir(parents=True, exist_ok=True)
            _write(people, self.header, self.people)
            _write(events, EVENT_HEADER, self.events)
        except OSError as error:
            raise Unavailable(f"the prepared files cannot be written ({error.strerror}); check --to") from None
        return PreparedSummary(
            name=name,
            people=len(self.people),
            events=len(self.events),
            people_path=people,
            events_path=events,
            dropped={reason: count for reason, count in self.dropped.items() if count},
            notes=self.notes,
        )


def moment_text(moment: int) -> str:
    """A moment as it stands in the files.

    >>> moment_text(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    spec = "microseconds" if moment % MICROS_PER_SECOND else "seconds"
    return datetime_from_micros(moment).replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    """Written beside and moved, so that a file that is there is whole."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    part.replace(path)
