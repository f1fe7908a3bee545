"""The kinds of field that go over HTTP: what is read, what the documentation shows, how it is written."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from twofold.domain.person import MAX_AGE, MAX_BIO, MAX_DISTANCE_KM, MAX_ID, MAX_LABEL
from twofold.domain.time import EARLIEST, LATEST, MICROS_PER_SECOND, Micros, datetime_from_micros
from twofold.services.imports import cells

TIME_EXPECTED = "a time as ISO 8601 (no zone is UTC) or Unix seconds, between 1950 and 2149"
DAY_EXPECTED = "a date as YYYY-MM-DD"


def read_time(value: object) -> Micros | None:
    """A moment from ISO 8601 or Unix seconds; None when it is neither, or out of range.

    >>> read_time("1970-01-01T00:00:01Z"), read_time(1.5), read_time("soon")
    (1000000, 1500000, None)
    """
    found: int | None = None
    if isinstance(value, str) and value[4:5] == "-":
        found = cells.moment(value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LATEST:
        found = round(value * MICROS_PER_SECOND)
    return Micros(found) if found is not None and EARLIEST <= found <= LATEST else None


def iso_time(value: int) -> str:
    """A moment as ISO 8601, UTC.

    >>> iso_time(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return datetime_from_micros(value).isoformat().replace("+00:00", "Z")


def _time(value: object) -> Micros:
    moment = read_time(value)
    if moment is None:
        raise PydanticCustomError("expected", "expected {expected}", {"expected": TIME_EXPECTED})
    return moment


def _day(value: object) -> date:
    found = None
    if isinstance(value, str) and len(value) == len("YYYY-MM-DD") and value[7] == "-":
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = None
    if found is None:
        raise PydanticCustomError("expected", "expected {expected}", {"expected": DAY_EXPECTED})
    return found


_ISO_SCHEMA = {"type": "string", "format": "date-time"}
Time = Annotated[
    int,
    PlainValidator(_time),
    PlainSerializer(iso_time, return_type=str),
    WithJsonSchema({"anyOf": [_ISO_SCHEMA, {"type": "number"}]}, mode="validation"),
    WithJsonSchema(_ISO_SCHEMA, mode="serialization"),
]
Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date"}),
]


def _text(length: int, least: int = 1) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": least, "maxLength": length})


# The bounds that the documentation shows are judged by the domain (`domain.person`), for every way in alike.
Id = Annotated[str, _text(MAX_ID)]
Label = Annotated[str, _text(MAX_LABEL)]
Bio = Annotated[str, _text(MAX_BIO, 0)]
Age = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_AGE})]
Latitude = Annotated[float, WithJsonSchema({"type": "number", "minimum": -90, "maximum": 90})]
Longitude = Annotated[float, WithJsonSchema({"type": "number", "minimum": -180, "maximum": 180})]
Kilometres = Annotated[float, WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_DISTANCE_KM})]


class Schema(BaseModel):
    """What all models have in common: exactly these fields, of exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)
