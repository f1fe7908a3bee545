"""Parquet, through the optional pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twofold.domain.errors import InvalidInput
from twofold.services.imports.cells import as_text
from twofold.services.imports.chunk import Chunk, ChunkBuilder
from twofold.services.imports.lines import open_file
from twofold.services.imports.mapping import ColumnMap
from twofold.services.imports.rejects import Reject


class ParquetFile:
    """Reads a Parquet file in chunks of our columns. Attributes as in `reading.RowFile`.

    Raises:
        InvalidInput: when pyarrow is not installed, the file is not Parquet, or lacks what is needed.
    """

    def __init__(self, path: Path, columns: ColumnMap) -> None:
        self._arrow, parquet = _pyarrow()
        self._raw = open_file(path)
        self.bytes_total = path.stat().st_size
        self._rows_done = 0
        self.incomplete: str | None = None
        try:
            self._file = parquet.ParquetFile(self._raw)
        except (self._arrow.ArrowException, OSError):
            self._raw.close()
            raise InvalidInput("file", "a Parquet file, as its name says") from None
        names: list[str] = list(self._file.schema_arrow.names)
        try:
            columns.check(names)
        except InvalidInput:
            self.close()
            raise
        self.ignored = columns.unknown(names)
        self._ours = [name for name, theirs in zip(columns.ours, columns.theirs, strict=True) if theirs in names]
        self._theirs = [theirs for theirs in columns.theirs if theirs in names]
        self._places = [self._ours.index(name) if name in self._ours else None for name in columns.ours]

    @property
    def bytes_done(self) -> int:
        """The share of the rows read so far, in bytes."""
        return self.bytes_total * self._rows_done // max(1, int(self._file.metadata.num_rows))

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
        self._raw.close()

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, at most ``size`` at once."""
        batches = self._file.iter_batches(batch_size=size, columns=list(dict.fromkeys(self._theirs)))
        while True:
            try:
                batch = next(batches)
                columns = [self._values(batch.column(name)) for name in self._theirs]
            except StopIteration:
                return
            except (self._arrow.ArrowException, OSError, ValueError):
                self.incomplete = (
                    "the Parquet data are damaged: only the rows before that point were read. Get a whole copy and "
                    "import it again (what was stored is not stored twice)"
                )
                return
            yield self._chunk(columns)

    def _chunk(self, columns: list[list[object]]) -> Chunk:
        builder = ChunkBuilder(len(columns))
        for line, values in enumerate(zip(*columns, strict=True), self._rows_done + 1):
            try:
                cells = [as_text(value, name) for value, name in zip(values, self._ours, strict=True)]
            except InvalidInput as error:
                builder.broken.append(Reject.from_error(line, error))
                continue
            builder.lines.append(line)
            builder.cells.append(cells)
        self._rows_done += len(builder)
        return builder.take(self._places)

    def _values(self, column: Any) -> list[object]:
        types = self._arrow.types
        if types.is_timestamp(column.type) and column.type.unit == "ns":  # Python's datetimes hold microseconds
            column = column.cast(self._arrow.timestamp("us", column.type.tz), safe=False)
        values: list[object] = column.to_pylist()
        return values


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InvalidInput(
            "file", 'CSV or JSON Lines, or pyarrow to read Parquet: pip install "twofold[parquet]"'
        ) from None
    return pyarrow, parquet
