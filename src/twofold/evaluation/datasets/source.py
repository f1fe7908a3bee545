"""A data set's own files: found in the folder that was given, read as rows of the columns that are needed."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.time import LATEST, MICROS_PER_SECOND, Micros

ANY_NUMBER = 1e15  # far above any id or rating, and still exact as a float


def find(source: Path, folder: str, name: str) -> Path:
    """The file ``name`` or ``name.gz`` in ``source``, or in its sub-folder ``folder``.

    Raises:
        NotFound: when ``source`` is no folder, or holds no such file.
    """
    if not source.is_dir():
        raise NotFound(f"there is no such folder; give the one that holds {name} or {name}.gz (--from)")
    for place in (source, source / folder):
        for candidate in (place / f"{name}.gz", place / name):
            if candidate.is_file():
                return candidate
    raise NotFound(f"neither {name} nor {name}.gz is in that folder or in {folder} below it; give its folder (--from)")


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and the cells of these columns, in this order.

    Raises:
        InvalidInput: when a column is missing, a row is cut, or the file is damaged.
    """
    try:
        with _open(path) as stream:
            reader = csv.reader(stream)
            places = _places(path, next(reader, []), columns)
            for row in reader:
                if row:
                    yield reader.line_num, [row[place] for place in places]
    except (EOFError, OSError, zlib.error, UnicodeDecodeError, csv.Error, IndexError):
        raise InvalidInput(path.name, "a whole, undamaged file as its README describes it; get it again") from None


def number(
    path: Path, line: int, column: str, cell: str, least: float = -ANY_NUMBER, most: float = ANY_NUMBER
) -> float:
    """A cell that must hold a number from ``least`` to ``most``.

    Raises:
        InvalidInput: naming file, line and column.
    """
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise InvalidInput(f"{path.name} line {line}, {column}", f"a number from {least:g} to {most:g}")
    return value


def moment_of(path: Path, line: int, column: str, cell: str) -> Micros:
    """A cell that must hold Unix seconds, to the microsecond.

    Six decimals of a second survive: a float of this size is exact to a quarter of a microsecond.
    """
    return Micros(round(number(path, line, column, cell, 0, LATEST // MICROS_PER_SECOND) * MICROS_PER_SECOND))


def label_of(path: Path, line: int, column: str, cell: str) -> str:
    """A cell that must hold a whole number, as its digits: the ids of all these sets are such."""
    value = number(path, line, column, cell)
    if not value.is_integer():
        raise InvalidInput(f"{path.name} line {line}, {column}", "a whole number")
    return str(int(value))


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _places(path: Path, header: list[str], columns: Sequence[str]) -> list[int]:
    missing = [name for name in columns if name not in header]
    if missing:
        raise InvalidInput(path.name, f"the columns {', '.join(columns)}; it lacks {', '.join(missing)}")
    return [header.index(name) for name in columns]
