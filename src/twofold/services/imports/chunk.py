"""A few thousand rows of a file, whatever its format: our columns as lists of cells, and the rows that have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from twofold.services.imports.rejects import Reject


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows as columns.

    Args:
        lines: the line (text formats) or row (Parquet) number of each row, from 1.
        columns: for each of our columns the cells, as long as ``lines``; "" is unknown.
        broken: rows that are none: not JSON, too many cells, a quote that does not close.
    """

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    broken: Sequence[Reject] = ()

    @property
    def rows(self) -> int:
        """How many rows of the file this is."""
        return len(self.lines) + len(self.broken)


@dataclass(slots=True)
class ChunkBuilder:
    """Gathers rows until there are enough for a chunk.

    ``width`` is the number of columns a chunk has.
    """

    width: int
    lines: list[int] = field(default_factory=list)
    cells: list[Sequence[str]] = field(default_factory=list)
    broken: list[Reject] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines) + len(self.broken)

    def take(self, places: Sequence[int | None] | None = None) -> Chunk:
        """The rows so far as a chunk; the builder is empty after it.

        ``places`` says at which place of a row each of our columns stands (None: nowhere); None is in order.
        """
        columns = list(zip(*self.cells, strict=True)) if self.cells else [()] * self.width
        if places is not None:
            nothing = ("",) * len(self.lines)
            columns = [nothing if place is None or not self.cells else columns[place] for place in places]
        chunk = Chunk(self.lines, columns, self.broken)
        self.lines, self.cells, self.broken = [], [], []
        return chunk
