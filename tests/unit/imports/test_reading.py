"""Files of every format give the same rows; damaged ones give what came before, and say so."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.errors import InvalidInput, NotFound, TwofoldError
from twofold.services.imports.lines import MAX_LINE, Lines
from twofold.services.imports.mapping import ColumnMap
from twofold.services.imports.reading import FORMATS, RowFile, open_rows

EVENTS = ColumnMap.of_events()
Rows = list[tuple[str, ...]]
ROWS: Rows = [
    ("ann", "bob", "like", "10", ""),
    ("bob", "ann", "pass", "20.5", "c-1"),
    ("Zoë 🦊", "bob", "view", "30", ""),
]
HEADER = "actor,target,kind,at,id\n"


def as_csv(rows: Rows) -> bytes:
    return (HEADER + "".join(",".join(row) + "\n" for row in rows)).encode()


def as_jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(dict(zip(EVENTS.ours, row, strict=True))) + "\n" for row in rows).encode()


def read(path: Path, columns: ColumnMap = EVENTS, size: int = 2) -> tuple[Rows, RowFile, list[str]]:
    """All rows, the file, and each row's line with the broken ones' reasons."""
    rows: Rows = []
    notes: list[str] = []
    with closing(open_rows(path, columns)) as file:
        for chunk in file.chunks(size):
            assert chunk.rows <= size
            rows += zip(*chunk.columns, strict=True)
            notes += [str(line) for line in chunk.lines]
            notes += [f"{reject.line} {reject.reason}" for reject in chunk.broken]
        assert 0 <= file.bytes_done <= file.bytes_total
    return rows, file, notes


@pytest.mark.parametrize("ending", [ending for ending in FORMATS if ending != ".parquet"])
def test_every_text_format_gives_the_same_rows(tmp_path: Path, ending: str) -> None:
    data = as_csv(ROWS) if "csv" in ending else as_jsonl(ROWS)
    path = tmp_path / f"events{ending}"
    path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    rows, file, _ = read(path)
    assert rows == ROWS
    assert file.incomplete is None
    assert file.ignored == ()


def test_parquet_gives_the_same_rows(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns: dict[str, Any] = {
        "target": ["bob", "ann"],
        "actor": [7, None],
        "kind": arrow.array(["like", "pass"]).dictionary_encode(),
        "at": arrow.array([1_500_000_001, 2_000_000_000], arrow.timestamp("ns", "UTC")),
        "extra": [1.5, None],
    }
    parquet.write_table(arrow.table(columns), tmp_path / "events.parquet")
    rows, file, notes = read(tmp_path / "events.parquet")
    assert rows == [
        ("7", "bob", "like", "1970-01-01T00:00:01.500000+00:00", ""),
        ("", "ann", "pass", "1970-01-01T00:00:02+00:00", ""),
    ]
    assert notes == ["1", "2"]
    assert file.ignored == ("extra",)
    assert file.bytes_done == file.bytes_total


def test_a_file_that_is_not_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "events.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(InvalidInput, match="Parquet"):
        open_rows(tmp_path / "events.parquet", EVENTS)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "events.parquet").touch()
    with pytest.raises(InvalidInput, match=r'pip install "twofold\[parquet\]"'):
        open_rows(tmp_path / "events.parquet", EVENTS)


def test_a_byte_order_mark_crlf_and_blank_lines_are_no_part_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(b"\xef\xbb\xbf" + as_csv(ROWS[:2]).replace(b"\n", b"\r\n").replace(b"ann,bob", b"\r\nann,bob"))
    rows, _, notes = read(path)
    assert rows == ROWS[:2]
    assert notes == ["3", "4"]


def test_lines_count_through_quoted_newlines(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('id,bio\na,"one\ntwo, three"\nb,\nc\nd,"x"y\ne,z\n')
    rows, _, notes = read(path, ColumnMap.of_people(), size=9)
    assert [(row[0], row[8]) for row in rows] == [("a", "one\ntwo, three"), ("b", ""), ("e", "z")]
    assert notes == ["2", "4", "7", "5 bad_cells", "6 bad_quotes"]


def test_an_overlong_line_costs_its_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(as_jsonl(ROWS[:1]) + b"x" * (3 * MAX_LINE) + b"\n" + as_jsonl(ROWS[1:2]))
    rows, _, notes = read(path)
    assert rows == ROWS[:2]
    assert "2 not_json" in notes


def test_columns_are_found_by_name_and_by_map(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("when,direction,to,from,mood\n10,like,bob,ann,good\n")
    columns = ColumnMap.of_events({"actor": "from", "target": "to", "kind": "direction", "at": "when"})
    rows, file, _ = read(path, columns)
    assert rows == [("ann", "bob", "like", "10", "")]
    assert file.ignored == ("mood",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", "header"), ("a;b;c\n", "actor"), ("actor,actor,target,kind,at\n", "one column"), ('"a"b\n', "CSV")],
)
def test_a_csv_without_a_usable_header(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "events.csv").write_text(content)
    with pytest.raises(InvalidInput, match=expected):
        open_rows(tmp_path / "events.csv", EVENTS)


def test_json_lines_without_a_needed_name(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"actor": "a", "whom": "b", "kind": "like", "at": 1}\n')
    with pytest.raises(InvalidInput, match="target among"):
        read(tmp_path / "events.jsonl")


def test_json_that_is_no_row(tmp_path: Path) -> None:
    bad = ["[1]", "{", "null", "NaN", '"x"', "[" * 5_000, '{"actor": "\\ud800"}', '{"actor": {}}', "1" * 5_000]
    (tmp_path / "events.jsonl").write_bytes(as_jsonl(ROWS[:1]) + "\n".join(bad).encode() + b"\n\xff\xfe\n")
    rows, _, notes = read(tmp_path / "events.jsonl", size=50)
    assert rows == ROWS[:1]
    assert notes[1:] == [f"{line} {'bad_actor' if line == 9 else 'not_json'}" for line in range(2, len(bad) + 3)]


@pytest.mark.parametrize("name", ["events.txt", "events", "events.gz", "events.xlsx"])
def test_unknown_formats_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InvalidInput, match=r"\.csv\.gz"):
        open_rows(tmp_path / name, EVENTS)


@pytest.mark.parametrize("ending", [".csv", ".jsonl.gz"])
def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path, ending: str) -> None:
    with pytest.raises(NotFound):
        open_rows(tmp_path / f"none{ending}", EVENTS)
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(InvalidInput, match="folder"):
        open_rows(tmp_path / f"folder{ending}", EVENTS)


def test_a_name_that_promises_gzip(tmp_path: Path) -> None:
    (tmp_path / "events.csv.gz").write_bytes(as_csv(ROWS))
    with pytest.raises(InvalidInput, match="gzip"):
        open_rows(tmp_path / "events.csv.gz", EVENTS)


MANY = [(f"a{number * 7919 % 1_000}", f"b{number * 104_729 % 997}", "like", str(number * 31)) for number in range(400)]


@pytest.mark.parametrize("make", [as_csv, as_jsonl], ids=["csv", "jsonl"])
@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.0, 1.0))
def test_a_cut_gzip_gives_whole_rows_from_the_start(make: Callable[[Rows], bytes], share: float) -> None:
    rows: Rows = [(*row, "") for row in MANY]
    whole = gzip.compress(make(rows))
    cut = whole[: int(share * len(whole))]
    ending = ".csv.gz" if make is as_csv else ".jsonl.gz"
    with TemporaryDirectory() as folder:
        path = Path(folder, f"events{ending}")
        path.write_bytes(cut)
        try:
            got, file, _ = read(path, size=50)
        except InvalidInput:
            assert len(cut) < len(whole) // 2  # not even the header could be read
            return
    assert got == rows[: len(got)]
    assert (file.incomplete is None) == (len(cut) in (0, len(whole)))
    if len(cut) == len(whole):
        assert got == rows


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300), ending=st.sampled_from([".csv", ".csv.gz", ".jsonl", ".parquet"]))
def test_any_bytes_are_read_or_refused(content: bytes, ending: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, f"events{ending}")
        path.write_bytes(content)
        try:
            read(path, ColumnMap.of_people())
        except TwofoldError:
            return


@settings(max_examples=100, deadline=None)
@given(content=st.text(max_size=80), block=st.integers(1, 7))
def test_lines_are_the_files_lines_however_the_blocks_fall(content: str, block: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("twofold.services.imports.lines.BLOCK", block)
        path = Path(folder, "text.csv")
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        with closing(Lines(path)) as lines:
            got = list(lines)
    decoded = content.encode("utf-8", "surrogatepass").decode("utf-8-sig", "surrogateescape")
    expected = [line + "\n" for line in decoded.split("\n")]
    assert got == (expected if not decoded.endswith("\n") and decoded else expected[:-1])
