"""Events over HTTP."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.testclient import TestClient

from twofold.domain.event import WRITABLE_KINDS, Event, EventKind
from twofold.domain.time import Micros
from twofold.entrypoints.api import event_rows
from twofold.entrypoints.api.body import parse_json
from twofold.entrypoints.api.event_rows import EventRow, EventRows, read_events
from twofold.entrypoints.api.problems import Problem
from twofold.entrypoints.fields import read_time
from twofold.entrypoints.schemas import EventIn, EventsIn
from twofold.services.imports.mapping import EVENT_COLUMNS

LIKE = {"actor": "p0", "target": "p1", "kind": "like", "at": 1_700_000_000}


def test_a_new_event_is_201_and_the_same_again_200(client: TestClient) -> None:
    first, second = client.post("/v1/events", json=LIKE), client.post("/v1/events", json=LIKE)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == {"accepted": 1, "repeated": 0, "position": 13}
    assert second.json() == {"accepted": 0, "repeated": 1, "position": 13}


def test_a_client_id_makes_sending_again_harmless(client: TestClient) -> None:
    event = {"actor": "p0", "target": "p1", "kind": "view", "id": "order-7"}
    assert client.post("/v1/events", json=event).status_code == 201
    assert client.post("/v1/events", json=event).status_code == 200


def test_without_a_time_an_event_happens_now(client: TestClient) -> None:
    event = {"actor": "p0", "target": "p1", "kind": "like"}
    assert client.post("/v1/events", json=event).status_code == 201
    list_of = client.get("/v1/people/p0/recommendations").json()
    assert "p1" not in [item["person"] for item in list_of["items"]]


@pytest.mark.parametrize("kind", WRITABLE_KINDS)
def test_every_kind_can_be_sent(client: TestClient, kind: str) -> None:
    assert client.post("/v1/events", json=LIKE | {"kind": kind}).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("actor", 7, "a text"),
        ("actor", "", "1 to 64 printable characters"),
        ("actor", "x" * 65, "1 to 64 printable characters"),
        ("actor", "a\0", "1 to 64 printable characters"),
        ("target", "p0", "another person than the actor"),
        ("target", None, "a text"),
        ("kind", "match", "a kind that is not derived"),
        ("kind", "adore", "one of like, super_like"),
        ("kind", ["like"], "a text"),
        ("at", "soon", "a time as ISO 8601"),
        ("at", [], "a time as ISO 8601"),
        ("at", True, "a time as ISO 8601"),
        ("at", 2**63, "a time as ISO 8601"),
        ("at", 10**400, "a time as ISO 8601"),
        ("at", "2100-01-01", "a time after 1950 that is not in the future"),
        ("id", "", "1 to 64 printable characters"),
        ("id", 7, "a text"),
    ],
)
def test_a_field_that_does_not_fit_is_named(client: TestClient, field: str, value: object, expected: str) -> None:
    answer = client.post("/v1/events", json=LIKE | {field: value})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert wrong["field"] == field
    assert wrong["expected"].startswith(expected)
    batch = client.post("/v1/events/batch", json={"events": [LIKE, LIKE | {field: value}]})
    assert batch.status_code == 422
    assert batch.json()["errors"][0]["field"] == f"events[1].{field}"


def test_missing_and_unknown_fields_are_refused(client: TestClient) -> None:
    missing = client.post("/v1/events", json={"actor": "p0", "kind": "like"}).json()
    assert missing["errors"] == [{"field": "target", "expected": "a value; it is required"}]
    unknown = client.post("/v1/events", json=LIKE | {"secret": 1})
    assert unknown.json()["errors"] == [{"field": "body", "expected": "only the fields that the documentation names"}]
    assert "secret" not in unknown.text


def test_a_person_who_does_not_exist_is_404_and_nothing_is_stored(client: TestClient) -> None:
    batch = {"events": [LIKE, LIKE | {"target": "nobody-knows"}]}
    answer = client.post("/v1/events/batch", json=batch)
    assert answer.status_code == 404
    assert "nobody-knows" not in answer.text
    assert client.post("/v1/events", json=LIKE).status_code == 201


def test_a_batch_says_how_many_were_new(client: TestClient) -> None:
    batch = {"events": [LIKE, LIKE, LIKE | {"at": 1_700_000_001, "kind": "view"}]}
    answer = client.post("/v1/events/batch", json=batch)
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 2, "repeated": 1, "position": 14}


@pytest.mark.parametrize("events", [[], [LIKE] * 10_001, {}, None, "x"])
def test_a_batch_has_1_to_10000_events(client: TestClient, events: object) -> None:
    answer = client.post("/v1/events/batch", json={"events": events})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "events"


def test_the_quick_shape_has_the_documented_fields() -> None:
    assert EventRow.__struct_fields__ == tuple(EventIn.model_fields) == EVENT_COLUMNS


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5), st.lists(st.integers())
)
EVENTS = st.dictionaries(st.sampled_from([*EVENT_COLUMNS, "other"]), VALUES, max_size=6)
SHAPED = st.builds(
    lambda event, changes: event | changes,
    st.just({"actor": "a", "target": "b", "kind": "like"}),
    st.dictionaries(st.sampled_from([*EVENT_COLUMNS, "other"]), VALUES, max_size=2),
)


@given(st.one_of(EVENTS, SHAPED, VALUES))
def test_the_quick_shape_takes_exactly_what_the_documented_one_takes(event: Any) -> None:
    document = {"events": [event]}
    assert quick_takes(document) == documented_takes(document)


def quick_takes(document: object) -> bool:
    """Whether the quick shape takes it (which kinds there are is judged after both)."""
    try:
        (row,) = msgspec.convert(document, EventRows).events
    except msgspec.ValidationError:
        return False
    return row.at is None or read_time(row.at) is not None


def documented_takes(document: object) -> bool:
    """Whether the documented shape takes it."""
    try:
        EventsIn.model_validate(document)
    except ValidationError:
        return False
    return True


def test_events_arrive_as_the_domain_knows_them() -> None:
    body = json.dumps({"events": [LIKE, {"actor": "a", "target": "b", "kind": "pass", "id": "7"}]}).encode()
    assert list(read_events(body, Micros(5)).events()) == [
        Event("p0", "p1", EventKind.LIKE, Micros(1_700_000_000_000_000)),
        Event("a", "b", EventKind.PASS, Micros(5), "7"),
    ]


SURROGATES = ['"\\ud800"', '{"\\ud800": 1}', '{"events": ["\\ud800"]}', '{"events": "\\ud800"}']


@pytest.mark.parametrize("route", ["/v1/events", "/v1/events/batch"])
@pytest.mark.parametrize("body", [*SURROGATES, '{"actor": "p0", "target": "p1", "kind": "like", "\\ud800": 1}'])
def test_lone_surrogates_are_a_422_wherever_they_stand(client: TestClient, route: str, body: str) -> None:
    answer = client.post(route, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "ud800" not in answer.text.lower()


BODIES = st.builds(
    lambda events, space: json.dumps({"events": events}, ensure_ascii=False, indent=space).encode(
        "utf-8", "surrogatepass"
    ),
    st.lists(st.one_of(SHAPED, EVENTS), max_size=3),
    st.sampled_from([None, 1]),
)


@given(BODIES)
def test_what_is_read_quickly_is_read_the_same_way_strictly(body: bytes) -> None:
    quick = event_rows._quickly(body)
    if quick is not None:
        assert quick == msgspec.convert(parse_json(body), EventRows).events


PLAIN = b'{"actor": "p0", "target": "p1", "kind": "like", "at": 5, "id": "a"}'


@pytest.mark.parametrize(
    "event",
    [
        PLAIN,
        b'{"actor": "p0", "target": "p1", "kind": "like", "at": "2026-01-01"}',
        '{"actor": "Zoë 🦊", "target": "p1", "kind": "like"}'.encode(),
        b'{"kind":"like","target":"p1","actor":"p0"}',
    ],
)
def test_an_ordinary_event_is_read_quickly(event: bytes) -> None:
    assert event_rows._quickly(b'{"events": [%b, %b]}' % (event, event)) is not None


@pytest.mark.parametrize(
    "body",
    [
        b'{"events": [{"actor": "p0", "actor": "p2", "target": "p1", "kind": "like"}]}',
        b'{"events": [{"actor": "p0", "target": "p1", "kind": "like", "at": 5, "at": 6}]}',
        b'{"events": [{"actor": "p0", "target": "p1", "kind": "like", "id": null, "id": null}]}',
        b'{"events": [], "events": [%b]}' % PLAIN,
        b'{"events": [{"actor": "p0", "target": "p1", "kind": "like", "at": 1e999}]}',
        b'{"events": [{"actor": "p0", "target": "p1", "kind": "like", "at": NaN}]}',
        b'{"events": [{"actor": "p0\xff", "target": "p1", "kind": "like"}]}',
        b'{"events": [{"actor": "p0\x01", "target": "p1", "kind": "like"}]}',
        b"\xef\xbb\xbf" + b'{"events": [%b]}' % PLAIN,
        b'{"events": [%b]} 7' % PLAIN,
        b'{"events": [%b,]}' % PLAIN,
    ],
)
def test_what_the_strict_reading_refuses_is_not_read_quickly(body: bytes) -> None:
    assert event_rows._quickly(body) is None
    with pytest.raises(Problem) as caught:
        read_events(body, Micros(5))
    assert caught.value.status == 400
