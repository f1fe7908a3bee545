"""The rejects file: there when needed, gone when not, never in the way of the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from twofold.domain.errors import InvalidInput, Refused, Unavailable
from twofold.services.imports.rejects import Reject, RejectsFile


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv.gz"
    path.write_bytes(b"data")
    return path


def test_rejects_are_written_in_the_order_of_lines(source: Path) -> None:
    with RejectsFile.beside(source) as rejects:
        rejects.add([Reject(5, "self", "target", "somebody, else"), Reject(2, "not_json")])
        rejects.add([])
        rejects.add([Reject(9, "self")])
    path = source.with_name("events.csv.gz.rejects.csv")
    assert rejects.written == path
    assert path.read_text() == ('line,reason,column,expected\n2,not_json,,\n5,self,target,"somebody, else"\n9,self,,\n')
    assert rejects.reasons == {"self": 2, "not_json": 1}


def test_no_reject_no_file_and_an_old_one_goes(source: Path) -> None:
    with RejectsFile.beside(source) as first:
        first.add([Reject(1, "self")])
    with RejectsFile.beside(source) as second:
        pass
    assert second.written is None
    assert [path.name for path in source.parent.iterdir()] == [source.name]


def test_a_foreign_file_stays_when_there_is_nothing_to_write(source: Path, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("mine")
    with RejectsFile(diary, source):
        pass
    assert diary.read_text() == "mine"


def test_an_old_file_stays_when_the_import_fails(source: Path) -> None:
    with RejectsFile.beside(source) as first:
        first.add([Reject(1, "self")])
    with pytest.raises(Unavailable), RejectsFile.beside(source):
        raise Unavailable("the store is gone")
    assert first.path.exists()


def test_the_source_is_never_overwritten(source: Path) -> None:
    with pytest.raises(InvalidInput, match="rejects"):
        RejectsFile(source.parent / "." / source.name, source)


def test_a_place_that_cannot_be_written(source: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="--rejects"), RejectsFile(tmp_path / "no" / "such", source) as rejects:
        rejects.add([Reject(1, "self")])


def test_errors_as_rejects() -> None:
    assert Reject.from_error(3, InvalidInput("bio", "less")) == Reject(3, "bad_bio", "bio", "less")
    assert Reject.from_error(3, Refused("under_age", "no")) == Reject(3, "under_age", "birth_date", "no")
