"""Moments and days as integers: one unit for columns, storage and features.

A moment is microseconds since 1970-01-01 UTC (``Micros``); a day is whole UTC days since then (``Day``).
The clock is an argument wherever the present matters, so that tests and replays can choose it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NewType

Micros = NewType("Micros", int)
Day = NewType("Day", int)
Clock = Callable[[], Micros]

MICROS_PER_SECOND = 1_000_000
MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND
EPOCH = date(1970, 1, 1)

# Outside this range a number is not a moment in the life of such a service (and 2^63 would overflow the database).
EARLIEST = Micros(-MICROS_PER_DAY * 365 * 20)
LATEST = Micros(MICROS_PER_DAY * 365 * 180)


def system_clock() -> Micros:
    """The present, from the machine's clock."""
    return Micros(time.time_ns() // 1_000)


def day_of(moment: int) -> Day:
    """The UTC day a moment falls in.

    >>> day_of(Micros(86_400_000_000))
    1
    """
    return Day(moment // MICROS_PER_DAY)


def day_from_date(value: date) -> Day:
    """Days since 1970-01-01.

    >>> day_from_date(date(1970, 1, 11))
    10
    """
    return Day((value - EPOCH).days)


def micros_from_datetime(value: datetime) -> Micros:
    """A moment from a datetime; one without a zone is read as UTC.

    >>> micros_from_datetime(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return Micros((delta.days * 86_400 + delta.seconds) * MICROS_PER_SECOND + delta.microseconds)


def datetime_from_micros(value: int) -> datetime:
    """The datetime (UTC) of a moment."""
    seconds, micros = divmod(value, MICROS_PER_SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def years_between(birth: date, on: date) -> int:
    """Completed years of age on a day.

    >>> years_between(date(2000, 2, 29), date(2018, 2, 28))
    17
    """
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
