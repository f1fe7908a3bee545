"""Events without times: a copy of the file in which they have one of two moments, by viewer.

What one half of the viewers decided is the past, what the other half decided comes after it, so that P(like) can be
tested on people of whom nothing was learnt. There is no order in it, so there are no lists.
"""

from __future__ import annotations

import csv
import zlib
from contextlib import closing
from pathlib import Path

from twofold.services.imports.mapping import EVENT_COLUMNS, ColumnMap
from twofold.services.imports.reading import CHUNK_ROWS, open_rows

MOMENT = 1_000_000_000  # seconds: 2001, any moment of the past would do
PAST, LATER = MOMENT - 86_400, MOMENT + 86_400
FOLDS = 5
ANY = ColumnMap(EVENT_COLUMNS, ("actor", "target", "kind"))


def is_timed(file: Path) -> bool:
    """Whether the events' times tell earlier from later: there are at least two.

    Raises:
        NotFound, InvalidInput: it cannot be read.
    """
    times: set[str] = set()
    with closing(open_rows(file, ANY)) as rows:
        for chunk in rows.chunks(CHUNK_ROWS):
            times.update(cell.strip() for cell in chunk.columns[3])
            if len(times - {""}) > 1:
                return True
    return False


def with_two_moments(file: Path, target: Path, seed: int) -> Path:
    """Write the events with their moments; rows that are none are left out."""
    with closing(open_rows(file, ANY)) as rows, target.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(EVENT_COLUMNS[:4])
        for chunk in rows.chunks(CHUNK_ROWS):
            for actor, other, kind, _, _ in zip(*chunk.columns, strict=True):
                out.writerow([actor, other, kind, PAST if draw(actor, seed) % 2 else LATER])
    return target


def draw(viewer: str, seed: int) -> int:
    """A number of a viewer's own, the same in every run.

    >>> draw("ada", 0) == draw("ada", 0)
    True
    """
    return zlib.crc32(f"{seed}:{viewer}".encode("utf-8", "surrogatepass"))
