"""Whatever is sent: never a 5xx, never an echo, and the next request is answered; on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from twofold.entrypoints.schemas import EventIn, PersonIn

SECRET = "s3cr3t"
JSON = {"content-type": "application/json"}
PERSON = {"birth_date": "1990-01-01", "gender": "woman", "lat": 1, "lon": 2, "interests": ["chess"]}
LIKE = {"actor": "a", "target": "b", "kind": "like", "at": 1_700_000_000}

# JSON texts that are bad, or at least odd, as the value of any field.
VALUES = (
    f'"{SECRET}"',
    f'"{SECRET}\\u0000"',
    f'"{SECRET}\\ud800"',
    f'"{SECRET}\\udc00\\ud800"',
    f'"{SECRET}\\uffff\\u202e"',
    f'"{SECRET}\'; DROP TABLE people; --"',
    f'"{SECRET}{"%s%n{}" * 9}"',
    '""',
    '" "',
    '"' + SECRET * 800_000 + '"',
    f'["{SECRET}"]',
    f'["{SECRET}", "{SECRET}"]',
    f'[["{SECRET}"], null, 1]',
    json.dumps([f"{SECRET}{number}" for number in range(1_000)]),
    f'{{"{SECRET}": "{SECRET}"}}',
    "{}",
    "[]",
    "null",
    "true",
    "0",
    "-1",
    "-0.0",
    "0.1",
    "1e308",
    "-1e308",
    "5e-324",
    str(2**53 + 1),
    str(2**63),
    str(-(2**63) - 1),
    str(2**64),
    "9" * 400,
)
# Whole bodies.
BODIES = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"7",
    b'"s3cr3t"',
    b"{",
    b'{"s3cr3t": NaN}',
    b'{"actor": NaN}',
    b'{"lat": Infinity}',
    b'{"lat": 1e999}',
    b'{"lat": -1e999}',
    b'{"actor": "a", "actor": "b", "target": "c", "kind": "like"}',
    b'{"s3cr3t": 1, "s3cr3t": 2}',
    b'{"actor": "\xff\xfe"}',
    b'{"actor": "\xed\xa0\x80"}',
    b"\xef\xbb\xbf{}",
    b"\x00",
    b"\x1f\x8b\x08\x00",
    '{"actor": "s3cr3t"}'.encode("utf-16"),
    b"[" * 200_000,
    b"[" * 200_000 + b"]" * 200_000,
    b'{"people":' * 50_000,
    b'{"people": ' + b"[" * 2_000 + b"]" * 2_000 + b"}",
    b'{"lat": ' + b"9" * 5_000 + b"}",
    b'{"people": [' + b"{}," * 10_000 + b"{}]}",
    b'{"events": [' + b"[]," * 10_000 + b"[]]}",
    b"s" * (9 * 1024 * 1024),
)
ROUTES = (
    ("PUT", "/v1/people/d"),
    ("POST", "/v1/people/bulk"),
    ("POST", "/v1/events"),
    ("POST", "/v1/events/batch"),
)
SEGMENTS = (
    "%00",
    "%0a",
    "%7f",
    "%ff",
    "%c3",
    "%ed%a0%80",
    "%e2%80%ae",
    "%",
    "%2",
    "%zz",
    "%252f",
    "x" * 65,
    "x" * 20_000,
    "%f0%9f%a6%8a" * 65,
    "..%2f..%2fetc%2fpasswd",
    "'%20or%20'1'='1",
    "{id}",
    "%7Bid%7D",
)
PATHS = (
    ("GET", "/v1/people/{}"),
    ("DELETE", "/v1/people/{}"),
    ("GET", "/v1/people/{}/recommendations"),
    ("GET", "/v1/people/{}/explanation/a"),
    ("GET", "/v1/people/a/explanation/{}"),
    ("GET", "/v1/models/{}"),
    ("POST", "/v1/models/{}/promote"),
    ("GET", "/{}"),
)
QUERIES = (
    "limit={}",
    "limit=3&limit={}",
    "exclude={}",
    "exclude={}&exclude={}",
    "{}",
    "{}=1",
)


def bodies_of(path: str) -> Iterator[bytes]:
    """Each field of the route's document with each value."""
    fields, base = (EventIn.model_fields, LIKE) if "events" in path else (PersonIn.model_fields, PERSON)
    for field in [*fields, SECRET]:
        for value in VALUES:
            rest = json.dumps({name: each for name, each in base.items() if name != field})
            document = f'{rest[:-1]}, "{field}": {value}}}'
            yield _wrapped(path, document).encode()


def _wrapped(path: str, document: str) -> str:
    if path.endswith("bulk"):
        return f'{{"people": [{document}]}}'
    return f'{{"events": [{document}]}}' if path.endswith("batch") else document


def check(client: TestClient, method: str, path: str, body: bytes | None = None) -> object:
    """Send and give the status; whatever is answered is an answer, and an error is a problem that keeps the secret."""
    answer = client.request(method, path, content=body, headers=JSON if body is not None else {})
    sent = f"{method} {path[:80]} {(body or b'')[:120]!r}"
    assert answer.status_code < 500, f"{sent}: {answer.text}"
    if method != "PUT" or answer.status_code >= 400:
        assert SECRET not in answer.text, sent
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", sent
        assert answer.json()["status"] == answer.status_code, sent
        assert len(answer.content) < 4_000, sent
    return answer.status_code


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_any_value_in_any_field(client: TestClient, method: str, path: str) -> None:
    statuses = {check(client, method, path, body) for body in bodies_of(path)}
    assert statuses & {200, 201}, "some of them are fine, so the others were refused for what they are"
    assert path.endswith("bulk") or statuses & {400, 422}, "a bulk call answers 200 and names those it refused"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_any_body(client: TestClient, method: str, path: str) -> None:
    statuses = {check(client, method, path, body) for body in BODIES}
    assert {400, 413, 422} <= statuses


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_any_path(client: TestClient, method: str, path: str) -> None:
    statuses = {check(client, method, path.format(segment)) for segment in SEGMENTS}
    assert statuses <= {404, 405, 422}


@pytest.mark.parametrize("query", QUERIES)
def test_any_query(client: TestClient, query: str) -> None:
    for segment in (*SEGMENTS, SECRET, "", "[]", "-1", "1e999", "NaN", "9" * 5_000, "%ef%bc%91"):
        filled = query.replace("{}", segment)
        assert check(client, "GET", f"/v1/people/a/recommendations?{filled}") in {200, 422}


def test_after_all_that_it_still_serves(client: TestClient) -> None:
    """Runs last in this file, against the same application and database."""
    assert client.get("/readyz").status_code == 200
    answer = client.get("/v1/people/c/recommendations")
    assert answer.status_code == 200
    assert {item["person"] for item in answer.json()["items"]} >= {"a", "b"}
