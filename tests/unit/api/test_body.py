"""Bodies: what is JSON, what is said to be, and how large it may be."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from twofold.entrypoints.api.body import parse_json
from twofold.entrypoints.api.limits import MOST_BYTES, BodyLimit
from twofold.entrypoints.api.problems import Problem

JSON = {"content-type": "application/json"}
DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**80), 2**80), st.floats(allow_nan=False, allow_infinity=False))
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(DOCUMENTS)
def test_every_json_document_is_read_as_the_standard_library_reads_it(document: object) -> None:
    assert parse_json(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"a": 1} b',
        b"{'a': 1}",
        b"[1,]",
        b'{"a": NaN}',
        b"-Infinity",
        b'{"a": 1e999}',
        b'{"a": 1, "a": 1}',
        b'[{"a": {"b": 1, "\\u0062": 2}}]',
        b'{"a": "\xff"}',
        b'{"a": "\x01"}',
        b"\xef\xbb\xbf{}",
        json.dumps({"a": 1}).encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5_000,
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        parse_json(body)
    assert caught.value.status == 400


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_announced_in_several_ways(client: TestClient, media: str) -> None:
    body = b'{"actor": "p0", "target": "p1", "kind": "like"}'
    assert client.post("/v1/events", content=body, headers={"content-type": media}).status_code == 201


@pytest.mark.parametrize("media", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/events"), ("PUT", "/v1/people/a")])
def test_anything_else_is_415(client: TestClient, media: str | None, method: str, path: str) -> None:
    headers = {} if media is None else {"content-type": media}
    answer = client.request(method, path, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:twofold:problem:media-type")


def test_a_body_that_announces_too_much_is_413(client: TestClient) -> None:
    answer = client.post("/v1/events", content=b" " * (MOST_BYTES + 1), headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:twofold:problem:too-large")


def test_a_body_that_announces_nothing_is_counted(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(9):
            yield b" " * (1024 * 1024)

    assert client.post("/v1/events", content=chunks(), headers=JSON).status_code == 413


def test_a_body_of_the_limit_is_read(client: TestClient) -> None:
    answer = client.post("/v1/events", content=b" " * MOST_BYTES, headers=JSON)
    assert answer.status_code == 400


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("announced", "refused"), [(b"3", True), (b"2", False), (b"-1", False), (b"x", False), (b"9" * 5_000, True)]
)
async def test_an_announced_length_is_judged_without_reading(announced: bytes, refused: bool) -> None:
    read: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        read.append(await receive())

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is answered here")

    scope: Scope = {"type": "http", "headers": [(b"content-length", announced)]}
    if refused:
        with pytest.raises(Problem):
            await BodyLimit(app, most=2)(scope, receive, send)
    else:
        await BodyLimit(app, most=2)(scope, receive, send)
    assert bool(read) != refused


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
