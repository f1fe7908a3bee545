"""Trained models in a running server: the first serves by itself, later ones when promoted, and there is a way back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from twofold.services.training import TrainingOrder, TrainingService

PEOPLE = 80
DECISIONS = 2_400
# Servers look for another champion twice a second.
SECONDS_TO_FOLLOW = 10.0


@pytest.fixture(scope="module")
def trainer(server: Any) -> TrainingService:
    """A training of the running server's data, in processes of its own, as `twofold train` does it."""
    _fill(server.http)
    return TrainingService(f"sqlite:///{server.folder / 'twofold.db'}", server.folder / "models")


def _fill(http: httpx.Client) -> None:
    """Two kinds of people who mostly like their own kind."""
    rng = np.random.default_rng(5)
    people = [{"id": f"p{number}", "birth_date": f"19{70 + number % 30}-01-01"} for number in range(PEOPLE)]
    assert http.post("/v1/people/bulk", json={"people": people}).json()["stored"] == PEOPLE
    pairs = rng.permutation([(a, b) for a in range(PEOPLE) for b in range(PEOPLE) if a != b])[:DECISIONS]
    liked = rng.random(DECISIONS) < np.where(pairs[:, 0] % 2 == pairs[:, 1] % 2, 0.8, 0.2)
    now = int(time.time())
    events = [
        {
            "actor": f"p{actor}",
            "target": f"p{target}",
            "kind": "like" if like else "dislike",
            "at": now - 600 * (DECISIONS - number),
        }
        for number, ((actor, target), like) in enumerate(zip(pairs.tolist(), liked.tolist(), strict=True))
    ]
    assert http.post("/v1/events/batch", json={"events": events}).json()["accepted"] == DECISIONS


def list_by(http: httpx.Client, model: str) -> dict[str, Any]:
    """p0's list as soon as this model makes it."""
    return eventually(
        lambda: dict(http.get("/v1/people/p0/recommendations?audience=operator").json()),
        lambda found: found["model"] == model,
    )


def eventually(ask: Callable[[], dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first answer that is wanted."""
    end = time.monotonic() + SECONDS_TO_FOLLOW
    while not wanted(found := ask()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def test_models_are_trained_promoted_and_rolled_back_while_it_runs(server: Any, trainer: TrainingService) -> None:
    http = server.http
    assert http.get("/v1/people/p0/recommendations").json()["model"] == "heuristic"

    first = trainer.train(TrainingOrder())["version"]
    answer = list_by(http, first)
    assert (answer["features"], answer["degraded"]) == ("v2", False)
    assert all(0 <= item["p_viewer_likes"] <= 1 for item in answer["items"])
    shown = http.get(f"/v1/models/{first}").json()
    assert (shown["state"], shown["type"]) == ("champion", "logistic")
    assert shown["metrics"]
    assert shown["coefficients"]
    explained = http.get(f"/v1/people/p0/explanation/{answer['items'][0]['person']}").json()
    assert explained["model"] == first
    assert explained["p_viewer_likes"] == pytest.approx(answer["items"][0]["p_viewer_likes"], abs=1e-6)

    second = trainer.train(TrainingOrder(seed=1, features="v1"))["version"]
    assert http.get("/v1/models").json()["candidate"] == second, "a later one waits"
    assert http.get("/v1/people/p0/recommendations").json()["model"] == first
    beside = http.get(f"/v1/people/p0/recommendations?model={second}").json()
    assert (beside["model"], beside["features"], beside["degraded"]) == (second, "v1", False)
    unmeasured = http.post(f"/v1/models/{second}/promote")
    assert (unmeasured.status_code, unmeasured.json()["type"]) == (409, "urn:twofold:problem:refused:not-compared")
    assert http.post(f"/v1/models/{second}/promote", params={"force": True}).json()["state"] == "champion"
    list_by(http, second)

    assert http.post("/v1/models/rollback").json()["version"] == first
    list_by(http, first)
    assert http.get("/v1/models").json()["champion"] == first
