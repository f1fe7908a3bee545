"""Ids in paths."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from twofold.domain.errors import InvalidInput
from twofold.entrypoints.api.paths import RawPath, id_from_path

PERSON = {"birth_date": "1990-01-01"}
IDS = st.text(min_size=1, max_size=64).filter(str.isprintable)


@given(IDS)
def test_any_id_survives_a_path(person: str) -> None:
    assert id_from_path(quote(person, safe="")) == person


@pytest.mark.parametrize("raw", ["", "%00", "a%0Ab", "%FF", "%ED%A0%80", "x" * 65, "%E2%80%8B"])
def test_what_is_no_id_is_refused(raw: str) -> None:
    with pytest.raises(InvalidInput, match=r"^id: expected 1 to 64 printable characters"):
        id_from_path(raw)


@pytest.mark.parametrize(
    "person",
    [
        "with space",
        "🦊",
        "Zoë",
        "100%",
        "%2F",
        "a?b",
        "a/b",
        "/",
        "//",
        "a/recommendations",
        "a/explanation/b",
        "a#b",
        "a;b=c",
        "a+b",
        "..a",
        "bulk",
        "recommendations",
        "a\\b",
        "x" * 64,
    ],
)
def test_an_id_may_hold_any_printable_characters(client: TestClient, person: str) -> None:
    path = f"/v1/people/{quote(person, safe='')}"
    assert client.put(path, json=PERSON).status_code == 201
    assert client.get(path).json()["id"] == person
    assert client.get(f"{path}/recommendations").json()["person"] == person
    assert client.get(f"/v1/people/p0/explanation/{quote(person, safe='')}").json()["candidate"] == person
    assert client.get(f"{path}/explanation/p0").json()["viewer"] == person
    assert client.delete(path).status_code == 204


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ({"path": "/v1/people/a/b", "raw_path": b"/v1/people/a%2Fb"}, "/v1/people/a%2Fb"),
        ({"path": "/v1/people/a", "raw_path": b"/v1/people/a?limit=3"}, "/v1/people/a"),
        ({"path": "/v1/people/a b"}, "/v1/people/a%20b"),
    ],
)
async def test_routes_see_the_path_as_it_was_sent(scope: Scope, path: str) -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["path"])

    async def never(*_: object) -> None:
        raise AssertionError("nothing is read or sent here")

    await RawPath(app)({"type": "http", **scope}, never, never)  # type: ignore[arg-type]
    assert seen == [path]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
