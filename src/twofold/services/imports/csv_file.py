"""CSV: commas, a header, quotes as in RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from twofold.domain.errors import InvalidInput
from twofold.services.imports.chunk import Chunk, ChunkBuilder
from twofold.services.imports.lines import TextFile
from twofold.services.imports.mapping import ColumnMap
from twofold.services.imports.rejects import Reject


class CsvFile(TextFile):
    """Reads a CSV file in chunks of our columns. Attributes as in `reading.RowFile`.

    Raises:
        InvalidInput: when there is no header, or it lacks what is needed.
    """

    def __init__(self, path: Path, columns: ColumnMap) -> None:
        super().__init__(path)
        # strict: a stray quote is an error of its row instead of silently joining what follows.
        self._reader = csv.reader(iter(self._lines), strict=True)
        try:
            self._header = self._read_header()
            columns.check(self._header)
            self._places = self._find(columns)
        except InvalidInput:
            self.close()
            raise
        self.ignored = columns.unknown(self._header)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at once."""
        builder, width = ChunkBuilder(len(self._header)), len(self._header)
        reader = self._reader
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error:
                if self._lines.incomplete is None:  # else: the row in which the file broke off
                    builder.broken.append(Reject(line, "bad_quotes", "", "quotes in pairs, as in RFC 4180"))
                continue
            if len(row) == width:
                builder.lines.append(line)
                builder.cells.append(row)
            elif row:
                builder.broken.append(Reject(line, "bad_cells", "", f"{width} cells, as in the header"))
            if len(builder) >= size:
                yield builder.take(self._places)
        if len(builder):
            yield builder.take(self._places)

    def _read_header(self) -> list[str]:
        try:
            for row in self._reader:
                if row:
                    return [name.strip() for name in row]
        except csv.Error:
            raise InvalidInput("file", "CSV as UTF-8 text, lines ending in LF or CRLF") from None
        if self._lines.incomplete:
            raise InvalidInput("file", "gzip data, as its name says; this file is not or holds not even one line")
        raise InvalidInput("file", "a header line with the names of the columns; this file is empty")

    def _find(self, columns: ColumnMap) -> list[int | None]:
        places: list[int | None] = []
        for ours, theirs in zip(columns.ours, columns.theirs, strict=True):
            found = [place for place, name in enumerate(self._header) if name == theirs]
            if len(found) > 1:
                raise InvalidInput(ours, "one column of that name in the header, not several")
            places.append(found[0] if found else None)
        return places
