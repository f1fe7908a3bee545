"""One cell of a file: from text to a value. Every reader hands cells on as text; empty is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from twofold.domain.errors import InvalidInput
from twofold.domain.time import MICROS_PER_DAY, MICROS_PER_SECOND, Micros, micros_from_datetime

FUTURE_SLACK = MICROS_PER_DAY  # clocks and zones differ by up to a day; a time farther ahead is a mistake
TRUE = frozenset({"true", "1", "yes"})
FALSE = frozenset({"false", "0", "no"})
MOMENT = "a time as ISO 8601 (no zone is UTC) or Unix seconds"
LIST = "a list of texts without ';'"


def moment(cell: str) -> int | None:
    """Microseconds from ISO 8601 (no zone is UTC) or Unix seconds; None when it is neither. The range is not judged.

    >>> moment("1970-01-01T00:00:01Z"), moment("1.5"), moment("soon")
    (1000000, 1500000, None)
    """
    try:
        if cell[4:5] == "-":
            return micros_from_datetime(datetime.fromisoformat(cell))
        if cell.isdigit():
            return int(cell) * MICROS_PER_SECOND
        # A float holds seconds of this century to a quarter of a microsecond, so rounding gives back six decimals.
        return None if "_" in cell else round(float(cell) * MICROS_PER_SECOND)
    except (ValueError, OverflowError):
        return None


def time(cell: str, field: str) -> Micros | None:
    """A moment; unknown when empty."""
    if not cell:
        return None
    value = moment(cell.strip())
    if value is None:
        raise InvalidInput(field, MOMENT)
    return Micros(value)


def day(cell: str, field: str) -> date | None:
    """A date as YYYY-MM-DD (a midnight after it, as spreadsheets and Parquet write, is ignored)."""
    text = cell.strip()
    if not text:
        return None
    try:
        if text[4:5] == "-" and text[10:19].lstrip("T ") in ("", "00:00", "00:00:00"):
            return date.fromisoformat(text[:10])
    except ValueError:
        pass
    raise InvalidInput(field, "a date as YYYY-MM-DD")


def number(cell: str, field: str) -> float | None:
    """A decimal number; unknown when empty."""
    if not cell.strip():
        return None
    try:
        if "_" not in cell:
            return float(cell)
    except ValueError:
        pass
    raise InvalidInput(field, "a number")


def whole(cell: str, field: str) -> int | None:
    """A whole number (``18.0`` too, which is how some tools write columns with gaps)."""
    value = number(cell, field)
    if value is None:
        return None
    if not value.is_integer():
        raise InvalidInput(field, "a whole number")
    return int(value)


def flag(cell: str, field: str, default: bool) -> bool:
    """True or false; ``default`` when empty."""
    text = cell.strip().lower()
    if not text:
        return default
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise InvalidInput(field, "true or false (also 1 or 0, yes or no)")


def labels(cell: str) -> tuple[str, ...]:
    """The labels of a list separated by ``;``, without repeats.

    >>> labels("chess; hiking;chess;")
    ('chess', 'hiking')
    """
    if not cell:
        return ()
    return tuple(dict.fromkeys(part for piece in cell.split(";") if (part := piece.strip())))


def text(cell: str) -> str | None:
    """A text; unknown when empty."""
    return cell or None


def as_text(value: object, field: str) -> str:
    """A JSON or Parquet value as a cell.

    Raises:
        InvalidInput: when it is an object, or a list that a cell cannot hold.

    >>> as_text(["chess", "hiking"], "interests"), as_text(12.0, "id"), as_text(None, "bio")
    ('chess;hiking', '12', '')
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN is how data frames write "unknown"
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return _list_as_text(value, field)


def _list_as_text(value: object, field: str) -> str:
    if not isinstance(value, list | tuple):
        raise InvalidInput(field, f"a text, a number or {LIST}")
    parts = _parts(value, field)
    return ";".join(parts)


def _parts(values: Iterable[object], field: str) -> list[str]:
    parts = []
    for value in values:
        if isinstance(value, list | tuple | dict):
            raise InvalidInput(field, LIST)
        part = as_text(value, field)
        if ";" in part:
            raise InvalidInput(field, LIST)
        parts.append(part)
    return parts
