"""What every request has in common, and the last resort."""

from __future__ import annotations

import json
import re

import pytest
import structlog
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from twofold.bootstrap import Twofold
from twofold.entrypoints.api.observing import Observing
from twofold.observability import Metrics

SECRET = "s3cr3t"


def counted(client: TestClient) -> dict[tuple[str, str, str], float]:
    """Requests by method, route and status."""
    found = re.findall(
        r'^twofold_http_requests_total\{method="(.*)",route="(.*)",status="(.*)"\} (.*)$',
        client.get("/metrics").text,
        re.MULTILINE,
    )
    return {(method, route, status): float(count) for method, route, status, count in found}


def test_requests_are_counted_by_the_template_of_their_route(client: TestClient) -> None:
    client.get("/v1/people/p0/recommendations")
    client.get("/v1/people/p1/recommendations?limit=0")
    client.get(f"/v1/people/{SECRET}")
    client.get(f"/{SECRET}")
    client.request(SECRET, "/healthz")
    found = counted(client)
    assert found["GET", "/v1/people/{id}/recommendations", "200"] == 1
    assert found["GET", "/v1/people/{id}/recommendations", "422"] == 1
    assert found["GET", "/v1/people/{id}", "404"] == 1
    assert found["GET", "none", "404"] == 1
    assert found["other", "/healthz", "405"] == 1
    metrics = client.get("/metrics").text
    assert SECRET not in metrics
    assert "p0" not in metrics
    assert 'twofold_http_request_seconds_count{route="/v1/people/{id}"} 1.0' in metrics


def test_every_answer_has_its_own_request_id_and_is_not_stored(client: TestClient) -> None:
    answers = [client.get(path) for path in ("/healthz", "/nowhere", "/v1/people/p0", "/metrics")]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == len(answers)
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_a_request_id_that_was_sent_is_not_repeated(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": SECRET}).headers["x-request-id"] != SECRET


def test_what_nobody_foresaw_is_a_problem_without_internals_and_is_logged(
    client: TestClient, twofold: Twofold, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_person: str) -> None:
        raise RuntimeError(f"cannot read {SECRET}")

    monkeypatch.setattr(twofold.store, "get_person", broken)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        answer = client.get(f"/v1/people/{SECRET}")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:twofold:problem:internal")
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text
    (line,) = [each for each in logs if each["log_level"] == "error"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["error"], line["route"]) == ("RuntimeError", "/v1/people/{id}")
    assert SECRET not in json.dumps(line)
    assert any("test_observing.py" in frame for frame in line["frames"]), "and says where"
    assert counted(client)["GET", "/v1/people/{id}", "500"] == 1


@pytest.mark.anyio
@pytest.mark.parametrize(("fails_after", "status"), [(0, "499"), (1, "200")])
async def test_a_client_that_goes_away_is_counted_and_not_an_error(fails_after: int, status: str) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        if fails_after:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ClientDisconnect

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        pass

    metrics = Metrics()
    await Observing(app, metrics)({"type": "http", "method": "GET", "path": "/"}, receive, send)
    assert f'status="{status}"'.encode() in metrics.render()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
