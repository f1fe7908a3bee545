"""Up to when to train: a moment as somebody types it."""

from __future__ import annotations

from datetime import datetime

from twofold.domain.errors import InvalidInput, NotFound
from twofold.domain.ports import EventStore
from twofold.domain.time import EARLIEST, LATEST, MICROS_PER_SECOND, Clock, Micros, micros_from_datetime


def moment_of(text: str, store: EventStore, clock: Clock) -> Micros:
    """The moment of ``now``, ``last``, an ISO 8601 time (without a zone: UTC) or Unix seconds.

    ``last`` is the first moment after the last event, so that all events count.

    Raises:
        InvalidInput: it is none of these, or outside of 1950 to 2149.
        NotFound: ``last`` when there is no event.
    """
    if text == "now":
        return clock()
    if text == "last":
        latest = store.last_event_at()
        if latest is None:
            raise NotFound("there is no event yet, so there is no last one; import events, or leave --as-of out")
        return Micros(latest + 1)
    return _parsed(text)


def _parsed(text: str) -> Micros:
    try:
        moment = Micros(round(float(text) * MICROS_PER_SECOND))
    except OverflowError:
        moment = Micros(LATEST + 1)
    except ValueError:
        moment = _parsed_iso(text)
    if not EARLIEST <= moment <= LATEST:
        raise InvalidInput("as_of", "a time between 1950 and 2149")
    return moment


def _parsed_iso(text: str) -> Micros:
    try:
        return micros_from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise InvalidInput("as_of", "'now', 'last', an ISO 8601 time or Unix seconds") from None
