"""The door to a file of rows: its format follows from its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from twofold.domain.errors import InvalidInput
from twofold.services.imports.chunk import Chunk
from twofold.services.imports.csv_file import CsvFile
from twofold.services.imports.jsonl_file import JsonLinesFile
from twofold.services.imports.mapping import ColumnMap
from twofold.services.imports.parquet_file import ParquetFile

CHUNK_ROWS = (
    20_000  # one commit each: large enough to amortise it, small enough not to hold the write lock for a second
)


class RowFile(Protocol):
    """A file of rows being read."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of columns that are there but not read."""

    @property
    def incomplete(self) -> str | None:
        """In words what is missing when the file broke off; known at the end."""

    @property
    def bytes_done(self) -> int:
        """Bytes of the file read so far."""

    @property
    def bytes_total(self) -> int:
        """The size of the file."""

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All rows, at most ``size`` at once."""

    def close(self) -> None:
        """Give the file back."""


FORMATS: dict[str, Callable[[Path, ColumnMap], RowFile]] = {
    ".csv": CsvFile,
    ".csv.gz": CsvFile,
    ".jsonl": JsonLinesFile,
    ".jsonl.gz": JsonLinesFile,
    ".ndjson": JsonLinesFile,
    ".ndjson.gz": JsonLinesFile,
    ".parquet": ParquetFile,
}


def open_rows(path: Path, columns: ColumnMap) -> RowFile:
    """Open a file for import.

    Raises:
        NotFound: when there is no such file.
        InvalidInput: when its format is not known, or it lacks a required column.
    """
    for ending, reader in FORMATS.items():
        if path.name.lower().endswith(ending):
            return reader(path, columns)
    raise InvalidInput("file", f"a name that ends in one of {', '.join(FORMATS)}")
