"""What was answered is on disk: after a normal stop impressions too, after a kill every acknowledged event, once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from twofold.storage.url import open_store
from twofold.testing.postgres import PostgresServer

Start = Callable[..., Any]
PEOPLE, SENDERS, BATCH = 12, 3, 700
ENOUGH = 40  # answers after which the server is told to end, while others are on their way
PATIENCE = 60.0


def people() -> list[str]:
    return [f"p{number}" for number in range(PEOPLE)]


def put_everybody(http: httpx.Client) -> None:
    everybody = [{"id": each, "birth_date": "1990-01-01"} for each in people()]
    assert http.post("/v1/people/bulk", json={"people": everybody}).status_code == 200


def until_it_ends(
    server: Any, number: signal.Signals, ask: Callable[[int], httpx.Response | None]
) -> list[httpx.Response]:
    """Ask from several threads, end the server when it has answered some; the answers that came whole."""
    answers: list[httpx.Response] = []
    numbers, enough = count(), threading.Event()

    def work(_sender: int) -> None:
        try:
            while (answer := ask(next(numbers))) is not None and answer.status_code < 500:
                answers.append(answer)
                if len(answers) >= ENOUGH:
                    enough.set()
        except httpx.HTTPError:
            return
        finally:
            enough.set()

    with ThreadPoolExecutor(SENDERS) as pool:
        working = pool.map(work, range(SENDERS))
        assert enough.wait(PATIENCE)
        server.stop(number)
        list(working)
    return answers


def test_a_normal_stop_writes_every_list_that_was_answered(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    put_everybody(server.http)

    def ask(number: int) -> httpx.Response:
        # Lists of several lengths, so that none comes from the cache.
        limit = 1 + number % 5
        return httpx.get(
            f"{server.address}/v1/people/p{number % PEOPLE}/recommendations?limit={limit}", trust_env=False
        )

    answers = [answer.json() for answer in until_it_ends(server, signal.SIGTERM, ask)]
    assert len(answers) >= ENOUGH
    assert server.process.returncode == 0
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'twofold.db'}")
    _, kept = store.impressions_after(0, 100_000)
    keys = store.keys_of(people())
    store.close()
    told = [(row.request_id, row.position, row.candidate) for row in kept]
    shown = {
        (answer["request_id"], item["position"], keys[item["person"]]) for answer in answers for item in answer["items"]
    }
    assert shown <= set(told)
    assert len(told) == len(set(told))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/twofold.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    yield server.create_database("killed")
    server.drop_database("killed")


def test_a_kill_loses_no_acknowledged_event_and_doubles_none(start: Start, tmp_path: Path, url: str) -> None:
    server = start(tmp_path / "data", TWOFOLD_DATABASE_URL=url)
    put_everybody(server.http)
    sent: dict[int, dict[str, Any]] = {}

    def batch(number: int) -> dict[str, Any]:
        acts = [(number * BATCH + place, place % PEOPLE) for place in range(BATCH)]
        return {
            "events": [
                {
                    "actor": f"p{who}",
                    "target": f"p{(who + 1) % PEOPLE}",
                    "kind": "view",
                    "at": 1_000 + act,
                    "id": f"{act}",
                }
                for act, who in acts
            ]
        }

    def ask(number: int) -> httpx.Response:
        sent[number] = batch(number)
        return httpx.post(f"{server.address}/v1/events/batch", json=sent[number], timeout=PATIENCE, trust_env=False)

    answers = until_it_ends(server, signal.SIGKILL, ask)
    assert len(answers) >= ENOUGH
    acknowledged = sum(answer.json()["accepted"] for answer in answers)
    assert acknowledged == BATCH * len(answers)
    again = start(tmp_path / "data", TWOFOLD_DATABASE_URL=url)
    store = open_store(url)
    held = store.count_events()
    assert acknowledged <= held <= BATCH * len(sent)
    results = [again.http.post("/v1/events/batch", json=each).json() for each in sent.values()]
    assert sum(each["repeated"] for each in results) == held
    assert store.count_events() == BATCH * len(sent)
    store.close()
