"""A quote that nobody closes costs its own row, not those that follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from twofold.services.imports.csv_file import CsvFile
from twofold.services.imports.mapping import ColumnMap

GOOD = "a,b,like,2026-01-02\n"


def rows_of(path: Path, size: int = 1_000) -> tuple[list[int], list[tuple[int, str]]]:
    file = CsvFile(path, ColumnMap.of_events())
    lines: list[int] = []
    broken: list[tuple[int, str]] = []
    for chunk in file.chunks(size):
        lines += chunk.lines
        broken += [(reject.line, reject.reason) for reject in chunk.broken]
    file.close()
    return lines, broken


@pytest.mark.parametrize("size", [3, 1_000])
def test_rows_after_an_open_quote_are_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "events.csv"
    many = 12_000  # beyond the csv module's limit for one cell, and short of it at the second quote
    path.write_text("actor,target,kind,at\n" + 'x,y,like,"2026\n' + GOOD * many + 'x,"y,like,2026-01-02\n' + GOOD * 5)
    lines, broken = rows_of(path, size)
    assert broken == [(2, "bad_quotes"), (many + 3, "bad_quotes")]
    assert lines == [*range(3, many + 3), *range(many + 4, many + 9)]


def test_two_open_quotes_that_pair_up_join_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("actor,target,kind,at\n" + 'x,"y,like,2026\n' + GOOD * 4 + 'x,y",like,2026\n' + GOOD)
    lines, broken = rows_of(path)
    assert broken == [(2, "bad_quotes")]
    assert lines == [3, 4, 5, 6, 7, 8], "a quote within a cell is a character of it"


def test_a_cell_of_several_lines_stays_one_row(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text('actor,target,note,kind,at\na,b,"first\nsecond",like,2026\na,b,,like,2026\n')
    assert rows_of(path) == ([2, 4], [])


def test_a_cell_that_is_too_long_is_told_as_that(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("actor,target,kind,at\n" + f"a,{'b' * 200_000},like,2026\n" + GOOD)
    assert rows_of(path) == ([3], [(2, "long_cell")])
