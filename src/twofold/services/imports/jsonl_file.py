"""JSON Lines: one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from twofold.domain.errors import InvalidInput
from twofold.services.imports.cells import as_text
from twofold.services.imports.chunk import Chunk, ChunkBuilder
from twofold.services.imports.lines import TextFile
from twofold.services.imports.mapping import ColumnMap
from twofold.services.imports.rejects import Reject

MAX_NAMES = 1_000  # of ignored columns that are remembered: a file whose names never repeat must not fill the memory


class JsonLinesFile(TextFile):
    """Reads a JSON Lines file in chunks of our columns. Attributes as in `reading.RowFile`."""

    def __init__(self, path: Path, columns: ColumnMap) -> None:
        super().__init__(path)
        self._columns = columns
        self._theirs = columns.theirs
        self._seen: dict[str, None] = {}

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names in the file that are not read."""
        return self._columns.unknown(self._seen)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at once.

        Raises:
            InvalidInput: when no row of the first chunk has a required column: it goes by another name.
        """
        builder, first = ChunkBuilder(len(self._theirs)), True
        for line, content in enumerate(self._lines, 1):
            if not content.isspace():
                self._add(builder, line, content)
            if len(builder) >= size:
                yield self._take(builder, first)
                first = False
        if len(builder):
            yield self._take(builder, first)

    def _take(self, builder: ChunkBuilder, first: bool) -> Chunk:
        if first and self._seen:
            self._columns.check(self._seen)
        return builder.take()

    def _add(self, builder: ChunkBuilder, line: int, content: str) -> None:
        try:
            row = msgspec.json.decode(content)
        except (ValueError, RecursionError):  # msgspec's own error is a ValueError; a lone surrogate is one too
            row = None
        if not isinstance(row, dict):
            builder.broken.append(Reject(line, "not_json", "", "one JSON object a line"))
            return
        if not row.keys() <= self._seen.keys() and len(self._seen) < MAX_NAMES:
            self._seen.update(dict.fromkeys(row))
        try:
            cells = [self._cell(row, place, name) for place, name in enumerate(self._theirs)]
        except InvalidInput as error:
            builder.broken.append(Reject.from_error(line, error))
            return
        builder.lines.append(line)
        builder.cells.append(cells)

    def _cell(self, row: dict[str, object], place: int, name: str) -> str:
        value = row.get(name, "")
        return value if isinstance(value, str) else as_text(value, self._columns.ours[place])
