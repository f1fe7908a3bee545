"""The server as a process: where it listens, how it ends, and what it survives."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from twofold.entrypoints.api.limits import MOST_BYTES
from twofold.storage.url import open_store

Start = Callable[..., Any]
PERSON = {"birth_date": "1990-01-01"}


def put_people(http: httpx.Client, *ids: str) -> None:
    """Add people who seek nobody in particular."""
    for each in ids:
        assert http.put(f"/v1/people/{each}", json=PERSON).status_code == 201


def test_it_ends_in_order_and_leaves_nothing_unwritten(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    put_people(server.http, "a", "b", "c")
    assert len(server.http.get("/v1/people/a/recommendations").json()["items"]) == 2
    assert server.stop() == 0
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'twofold.db'}")
    assert store.count_impressions() == 2
    store.close()


def test_an_interrupt_ends_it_in_order_too(start: Start, tmp_path: Path) -> None:
    assert start(tmp_path / "data").stop(signal.SIGINT) == 0


def test_what_was_acknowledged_survives_a_kill(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    put_people(server.http, "a", "b", "c")
    like = {"actor": "a", "target": "b", "kind": "like", "id": "once"}
    assert server.http.post("/v1/events", json=like).status_code == 201
    server.stop(signal.SIGKILL)
    server = start(tmp_path / "data")
    assert server.http.post("/v1/events", json=like).status_code == 200
    items = server.http.get("/v1/people/a/recommendations").json()["items"]
    assert [item["person"] for item in items] == ["c"]


def test_a_second_server_takes_the_next_port_and_sees_the_same_people(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path / "data")
    port = urlsplit(first.address).port
    second = start(tmp_path / "data", TWOFOLD_PORT=str(port))
    assert port is not None
    assert urlsplit(second.address).port in range(port + 1, port + 20)
    put_people(first.http, "a", "b", "c")
    assert len(second.http.get("/v1/people/a/recommendations").json()["items"]) == 2
    first.http.post("/v1/events", json={"actor": "b", "target": "a", "kind": "block"})
    items = second.http.get("/v1/people/a/recommendations").json()["items"]
    assert [item["person"] for item in items] == ["c"], "at once, in every process"


def test_a_database_of_nobody_is_an_error_and_not_a_server(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from twofold.entrypoints.server import serve; from twofold.settings import Settings;"
        "serve(Settings(data_dir=Path('.'), database_url='postgresql://u:s3cr3t@127.0.0.1:1/x', port=0), print)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TWOFOLD_")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Unavailable" in done.stderr.splitlines()[-1]
    assert "s3cr3t" not in done.stderr


def test_a_body_that_is_too_large_is_refused_on_the_wire(server: Any) -> None:
    headers = {"content-type": "application/json"}
    answer = server.http.post("/v1/events", content=b" " * (MOST_BYTES + 1), headers=headers)
    assert answer.status_code == 413
    assert server.http.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"s3cr3t\r\n\r\n",
        b"GET /v1/people/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: s3cr3t\r\n\r\n",
        b"GET /" + b"s3cr3t" * 20_000 + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\nhost: x\r\nx-" + b"s3cr3t" * 20_000 + b": 1\r\nconnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_hardly_http_is_no_echo_and_no_end(server: Any, sent: bytes) -> None:
    parts = urlsplit(server.address)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while part := connection.recv(65_536):
            said += part
    assert b"s3cr3t" not in said
    assert not said.startswith(b"HTTP/1.1 5")
    assert server.http.get("/healthz").status_code == 200


def test_a_client_that_goes_away_in_the_middle_harms_nobody(server: Any) -> None:
    parts = urlsplit(server.address)
    head = b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(head)
    assert server.http.get("/readyz").status_code == 200


def test_many_at_once(server: Any) -> None:
    """Writers and readers of the same few people, eight at a time."""
    ids = [f"many{number}" for number in range(8)]
    put_people(server.http, *ids)

    def work(number: int) -> list[int]:
        me, other = ids[number], ids[(number + 1) % 8]
        statuses = []
        for turn in range(12):
            profile = PERSON | {"interests": [f"turn {turn}"]}
            statuses.append(server.http.put(f"/v1/people/{me}", json=profile).status_code)
            event = {"actor": me, "target": other, "kind": "view" if turn else "block"}
            statuses.append(server.http.post("/v1/events", json=event).status_code)
            answer = server.http.get(f"/v1/people/{me}/recommendations")
            statuses.append(answer.status_code)
            assert other not in [item["person"] for item in answer.json()["items"]], "blocked in the first turn"
        return statuses

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for each in pool.map(work, range(8)) for status in each]
    assert set(statuses) <= {200, 201}


def test_the_documentation_is_served(server: Any) -> None:
    assert server.http.get("/docs").status_code == 200
    assert server.http.get("/openapi.json").json()["info"]["title"] == "Twofold"
    assert "server" not in server.http.get("/healthz").headers
