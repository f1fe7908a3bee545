"""Start, readiness, housekeeping and end."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import structlog
from starlette.testclient import TestClient

from twofold.bootstrap import Twofold
from twofold.domain.errors import Unavailable
from twofold.entrypoints.api.app import create_app
from twofold.entrypoints.api.housekeeping import Housekeeping
from twofold.settings import Settings

HEAVY = {"sklearn", "implicit", "lightgbm", "pandas", "scipy"}


def test_the_application_loads_nothing_that_fits_models() -> None:
    assert importlib.util.find_spec("sklearn") is not None, "it is there to be loaded"
    program = "import json, sys, twofold.entrypoints.api.app; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "fastapi" in loaded
    assert loaded.isdisjoint(HEAVY), sorted(loaded & HEAVY)


def test_everyone_is_loaded_before_the_first_request(twofold: Twofold) -> None:
    app = create_app(twofold)
    assert not twofold.live.loaded
    with TestClient(app) as client:
        assert twofold.live.loaded
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ready"}


def test_not_ready_before_the_start(twofold: Twofold) -> None:
    client = TestClient(create_app(twofold))
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    twofold.close()


def test_not_ready_without_its_database(client: TestClient, twofold: Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(twofold.store, "ping", away)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_start_that_fails_closes_the_product(twofold: Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def away() -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(twofold.store, "people_versions", away)
    monkeypatch.setattr(twofold.store, "close", lambda: closed.append(True))
    with (
        structlog.testing.capture_logs() as logs,
        pytest.raises(Unavailable, match="away"),
        TestClient(create_app(twofold)),
    ):
        pass
    assert closed == [True]
    assert logs[0]["why"] == "the database is away"


def test_the_end_closes_the_product(twofold: Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(twofold.store, "close", lambda: closed.append(True))
    with TestClient(create_app(twofold)):
        assert not closed
        assert "twofold-housekeeping" in {thread.name for thread in threading.enumerate()}
    assert closed == [True]
    assert "twofold-housekeeping" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("wanted", [True, False])
def test_the_server_trains_by_itself_when_it_may(
    twofold: Twofold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    started = []
    monkeypatch.setattr(twofold.auto_trainer, "start", lambda: started.append(True))
    object.__setattr__(twofold, "settings", Settings(data_dir=tmp_path, auto_train=wanted))
    with TestClient(create_app(twofold)):
        pass
    assert bool(started) is wanted


def test_housekeeping_writes_the_checkpoint_and_sets_the_gauges(client: TestClient, twofold: Twofold) -> None:
    client.get("/v1/people/p0/recommendations")
    Housekeeping(twofold).tidy()
    metrics = client.get("/metrics").text
    assert "twofold_people 12.0" in metrics
    assert "twofold_log_position 12.0" in metrics
    assert 'twofold_impressions{state="dropped"} 0.0' in metrics


def test_housekeeping_goes_on_after_a_failure(twofold: Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    tries, enough = [], threading.Event()

    def away() -> None:
        tries.append(True)
        if len(tries) == 3:
            enough.set()
        raise Unavailable("the database is away")

    monkeypatch.setattr(twofold.live, "flush", away)
    housekeeping = Housekeeping(twofold, seconds=0.001)
    with structlog.testing.capture_logs() as logs:
        housekeeping.start()
        assert enough.wait(10)
        housekeeping.stop()
    assert {line["why"] for line in logs} == {"the database is away"}
    monkeypatch.undo()
    twofold.close()
