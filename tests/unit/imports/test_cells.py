"""Cells: what each column accepts, and that times keep every microsecond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.errors import InvalidInput
from twofold.domain.time import EARLIEST, LATEST, datetime_from_micros
from twofold.services.imports import cells

MICROS = st.integers(EARLIEST, LATEST)


@given(MICROS, st.integers(-14 * 60, 14 * 60))
def test_iso_times_keep_the_moment_in_any_zone(micros: int, minutes: int) -> None:
    there = datetime_from_micros(micros).astimezone(timezone(timedelta(minutes=minutes)))
    assert cells.moment(there.isoformat()) == micros


@given(MICROS)
def test_iso_without_a_zone_is_utc(micros: int) -> None:
    assert cells.moment(datetime_from_micros(micros).replace(tzinfo=None).isoformat(" ")) == micros


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_unix_seconds_keep_six_decimals(seconds: int, micros: int) -> None:
    assert cells.moment(f"{seconds}.{micros:06d}") == seconds * 1_000_000 + micros
    assert cells.moment(str(seconds)) == seconds * 1_000_000


def test_a_date_alone_is_its_midnight_and_z_is_utc() -> None:
    assert cells.moment("2020-02-03") == cells.moment("2020-02-03T00:00:00Z") == cells.moment("1580688000")


@pytest.mark.parametrize("cell", ["", "soon", "nan", "inf", "-inf", "1_000", "2020-13-01", "2020-1-1", "²", "1e999"])
def test_what_is_no_time(cell: str) -> None:
    assert cells.moment(cell) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_not(cell: str) -> None:
    assert isinstance(cells.moment(cell), int | None)


@pytest.mark.parametrize(
    ("cell", "value"), [("1990-02-03", date(1990, 2, 3)), (" 1990-02-03 00:00:00", date(1990, 2, 3)), ("", None)]
)
def test_days(cell: str, value: date | None) -> None:
    assert cells.day(cell, "birth_date") == value


@pytest.mark.parametrize("cell", ["03.02.1990", "1990-02-30", "1990-02-03T12:00:00", "19900203", "1990"])
def test_what_is_no_day(cell: str) -> None:
    with pytest.raises(InvalidInput, match="birth_date") as raised:
        cells.day(cell, "birth_date")
    assert cell not in str(raised.value)


@pytest.mark.parametrize("cell", ["true", "1", "yes", "YES", " True "])
def test_true(cell: str) -> None:
    assert cells.flag(cell, "active", default=False)


@pytest.mark.parametrize("cell", ["false", "0", "no", "False"])
def test_false(cell: str) -> None:
    assert not cells.flag(cell, "active", default=True)


def test_an_empty_flag_is_its_default_and_others_are_refused() -> None:
    assert cells.flag("", "active", default=True)
    with pytest.raises(InvalidInput, match="active"):
        cells.flag("maybe", "active", default=True)


def test_whole_numbers_may_be_written_as_data_frames_do() -> None:
    assert cells.whole("18.0", "min_age") == cells.whole("18", "min_age") == 18
    for cell in ("18.5", "nan", "inf", "1_8", "x"):
        with pytest.raises(InvalidInput, match="min_age"):
            cells.whole(cell, "min_age")


def test_labels_lose_repeats_blanks_and_the_last_separator() -> None:
    assert cells.labels(" chess;hiking ;;chess;") == ("chess", "hiking")
    assert cells.labels("") == ()


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (float("nan"), ""),
        (True, "true"),
        (7, "7"),
        (7.0, "7"),
        (7.25, "7.25"),
        (b"ada", "ada"),
        (date(1990, 1, 2), "1990-01-02"),
        (datetime(2020, 1, 2, 3, tzinfo=UTC), "2020-01-02T03:00:00+00:00"),
        (["a", "b"], "a;b"),
        ([], ""),
    ],
)
def test_json_and_parquet_values_as_cells(value: object, cell: str) -> None:
    assert cells.as_text(value, "x") == cell


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], ["a;b"], [{"a": 1}]])
def test_what_no_cell_can_hold(value: object) -> None:
    with pytest.raises(InvalidInput, match="interests"):
        cells.as_text(value, "interests")
