"""Events of a request, decoded quickly: a batch of 10,000 is decoded in a few milliseconds.

`schemas.EventIn` is the documented shape and finds the words when something does not fit; this is the same shape as
msgspec reads it, straight from the bytes. A test holds the two together. What `body.parse_json` refuses beyond that is
a name that is there twice: then there are more quotation marks than the fields need. Bodies with a backslash, where
quotation marks tell nothing, and all that do not fit are read the strict way.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from pydantic import BaseModel

from twofold.domain.errors import InvalidInput
from twofold.domain.event import KINDS_BY_LABEL, WRITABLE_KINDS, Event, Sent
from twofold.domain.time import Micros
from twofold.entrypoints.api.body import parse_json, validated
from twofold.entrypoints.fields import TIME_EXPECTED, read_time
from twofold.entrypoints.schemas import EventIn, EventsIn
from twofold.services.feedback import MOST_EVENTS

Rows = TypeVar("Rows", bound=msgspec.Struct)


class EventRow(msgspec.Struct, forbid_unknown_fields=True):
    """One event as sent."""

    actor: str
    target: str
    kind: str
    at: str | int | float | None = None
    id: str | None = None

    def to_event(self, now: Micros, where: str = "") -> Event:
        """The domain's event; without a time of its own it happens now."""
        kind = KINDS_BY_LABEL.get(self.kind)
        if kind is None:
            raise InvalidInput(f"{where}kind", f"one of {', '.join(WRITABLE_KINDS)}")
        at = now if self.at is None else read_time(self.at)
        if at is None:
            raise InvalidInput(f"{where}at", TIME_EXPECTED)
        return Event(self.actor, self.target, kind, at, self.id)


class EventRows(msgspec.Struct, forbid_unknown_fields=True):
    """Many events as sent."""

    events: list[EventRow]


_DECODER = msgspec.json.Decoder(EventRows)
# Quotation marks around "events", and around the three fields that every event has, and their values.
MARKS_OF_ALL, MARKS_OF_ROW = 2, 12


def read_event(body: bytes, now: Micros) -> Event:
    """The event of a body."""
    return _rows(parse_json(body), EventRow, EventIn).to_event(now)


def read_events(body: bytes, now: Micros) -> Sent:
    """The events of a body.

    Raises:
        Problem, InvalidInput: names the first event and field that do not fit.
    """
    rows = _quickly(body)
    if rows is None:
        rows = _rows(parse_json(body), EventRows, EventsIn).events
    if not 1 <= len(rows) <= MOST_EVENTS:
        raise InvalidInput("events", f"1 to {MOST_EVENTS} events")
    kind = [KINDS_BY_LABEL.get(row.kind) for row in rows]
    at = [now if row.at is None else read_time(row.at) for row in rows]
    if None in kind or None in at:
        return Sent.of([row.to_event(now, f"events[{index}].") for index, row in enumerate(rows)])
    return Sent(
        actor=[row.actor for row in rows],
        target=[row.target for row in rows],
        kind=[each for each in kind if each],
        at=[each for each in at if each is not None],
        client_id=[row.id for row in rows],
    )


def _quickly(body: bytes) -> list[EventRow] | None:
    """The rows of a body that is certainly as documented; None when that takes a closer look."""
    if b"\\" in body:
        return None
    try:
        rows = _DECODER.decode(body).events
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    marks = MARKS_OF_ALL + MARKS_OF_ROW * len(rows)
    for row in rows:
        if row.at is not None:
            marks += 4 if type(row.at) is str else 2
        if row.id is not None:
            marks += 4
    return rows if body.count(b'"') == marks else None


def _rows(document: object, rows: type[Rows], shown: type[BaseModel]) -> Rows:
    try:
        return msgspec.convert(document, rows)
    except (msgspec.ValidationError, UnicodeEncodeError):
        # A lone surrogate: msgspec cannot put the name or value into its own message.
        validated(shown, document)
    raise InvalidInput("body", "what the documentation says of it")
