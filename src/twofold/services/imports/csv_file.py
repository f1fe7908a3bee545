"""CSV: commas, a header, quotes as in RFC 4180."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from twofold.domain.errors import InvalidInput
from twofold.services.imports.chunk import Chunk, ChunkBuilder
from twofold.services.imports.lines import TextFile
from twofold.services.imports.mapping import ColumnMap
from twofold.services.imports.rejects import Reject

open_quote = partial(Reject, reason="bad_quotes", column="", expected="quotes in pairs, as in RFC 4180")
too_long = partial(Reject, reason="long_cell", column="", expected="cells of at most 131,072 characters")


class RowLines:
    """Lines for the csv module, which takes several for one row where a quoted cell goes on.

    A quote that nobody closed swallows good rows. So a row that turns out broken costs its first line alone: `rewind`
    hands out the others again.

    >>> source = RowLines(iter(["one\\n", "two\\n", "three\\n"]))
    >>> source.begin_row(), next(source), next(source)
    (1, 'one\\n', 'two\\n')
    >>> source.rewind()
    >>> source.begin_row(), next(source)
    (2, 'two\\n')
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._again = lines, deque[str]()
        self._row: list[str] = []
        self._number = 0

    def __iter__(self) -> RowLines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._row.append(line)
        self._number += 1
        return line

    @property
    def several(self) -> bool:
        """Whether the row has taken more than one line."""
        return len(self._row) > 1

    @property
    def long(self) -> bool:
        """Whether the row's first line is longer than the csv module takes for one cell."""
        return bool(self._row) and len(self._row[0]) > csv.field_size_limit()

    def begin_row(self) -> int:
        """A new row begins; the number of its first line, from 1."""
        self._row.clear()
        return self._number + 1

    def rewind(self) -> None:
        """Hand out all but the first line of the row again."""
        self._again.extendleft(reversed(self._row[1:]))
        self._number -= max(len(self._row) - 1, 0)


class CsvFile(TextFile):
    """Reads a CSV file in chunks of our columns. Attributes as in `reading.RowFile`.

    Raises:
        InvalidInput: when there is no header, or it lacks what is needed.
    """

    def __init__(self, path: Path, columns: ColumnMap) -> None:
        super().__init__(path)
        self._source = RowLines(iter(self._lines))
        self._reader = csv.reader(self._source, strict=True)
        try:
            self._header = self._read_header()
            columns.check(self._header)
            self._places = self._find(columns)
            named = zip(columns.ours, self._places, strict=True)
            self._one_line = [place for name, place in named if place is not None and name != "bio"]
        except InvalidInput:
            self.close()
            raise
        self.ignored = columns.unknown(self._header)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at once."""
        builder, width = ChunkBuilder(len(self._header)), len(self._header)
        reader, source = self._reader, self._source
        while True:
            line = source.begin_row()
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error:
                if self._lines.incomplete is None:  # else: the row in which the file broke off
                    builder.broken.append(open_quote(line) if source.several or not source.long else too_long(line))
                    source.rewind()
                continue
            if source.several and self._joined(row):
                builder.broken.append(open_quote(line))
                source.rewind()
            elif len(row) == width:
                builder.lines.append(line)
                builder.cells.append(row)
            elif row:
                builder.broken.append(Reject(line, "bad_cells", "", f"{width} cells, as in the header"))
                source.rewind()
            if len(builder) >= size:
                yield builder.take(self._places)
        if len(builder):
            yield builder.take(self._places)

    def _joined(self, row: list[str]) -> bool:
        """Whether a row of several lines is several rows that two stray quotes have joined.

        Of our columns only the bio may hold the end of a line.
        """
        return any("\n" in row[place] for place in self._one_line if place < len(row))

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
