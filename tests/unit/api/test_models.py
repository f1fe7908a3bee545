"""The registry over HTTP, with a ranker made by hand."""

from __future__ import annotations

import math

import pytest
from starlette.testclient import TestClient

from twofold.bootstrap import Twofold
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.features.spec import VERSIONS
from twofold.models.artifact import write_artifact
from twofold.rankers.logistic import LogisticParameters


def register(twofold: Twofold, version: str, intercept: float) -> None:
    """A ranking model that says the same of everybody."""
    features = VERSIONS["h1"]
    zeros, ones = (0.0,) * len(features.names), (1.0,) * len(features.names)
    parameters = LogisticParameters(features.names, zeros, ones, zeros, intercept)
    digest = write_artifact(twofold.settings.models_dir, version, {}, {"ranker": parameters.to_document()})
    record = ModelRecord(
        version=version,
        type=ModelType.LOGISTIC,
        artifact=version,
        digest=digest,
        created_at=Micros(1_500_000),
        log_position=7,
        as_of=Micros(0),
        feature_version=features.name,
        feature_hash=features.hash,
        metrics={"auc": 0.61, "ece": math.nan},
        coefficients={"age": 0.5},
    )
    twofold.registry.register(record)


@pytest.fixture(autouse=True)
def two_models(client: TestClient, twofold: Twofold) -> None:
    register(twofold, "m0001", 0.0)
    register(twofold, "m0002", 1.0)


def serving(client: TestClient, twofold: Twofold) -> str:
    """The model of a new list, the registry being looked at now."""
    twofold.live._looked = 0
    return str(client.get("/v1/people/p0/recommendations").json()["model"])


def test_versions_are_listed_newest_first(client: TestClient) -> None:
    document = client.get("/v1/models").json()
    assert (document["champion"], document["candidate"]) == (None, "m0002")
    assert [model["version"] for model in document["models"]] == ["m0002", "m0001"]


def test_a_version_is_shown_with_its_figures(client: TestClient) -> None:
    document = client.get("/v1/models/m0001").json()
    assert document["created_at"] == "1970-01-01T00:00:01.500000Z"
    assert document["metrics"] == {"auc": 0.61, "ece": None}, "what cannot be measured is null, not NaN"
    assert (document["type"], document["state"]) == ("logistic", "candidate")


def test_promotion_and_rollback_take_effect(client: TestClient, twofold: Twofold) -> None:
    assert serving(client, twofold) == "heuristic"
    assert client.post("/v1/models/m0001/promote").json()["state"] == "champion"
    assert serving(client, twofold) == "m0001"
    assert client.post("/v1/models/m0002/promote").json()["state"] == "champion"
    assert serving(client, twofold) == "m0002"
    assert client.post("/v1/models/rollback").json()["version"] == "m0001"
    assert serving(client, twofold) == "m0001"
    assert client.post("/v1/models/rollback").status_code == 404


def test_a_damaged_version_is_not_promoted(client: TestClient, twofold: Twofold) -> None:
    for file in (twofold.settings.models_dir / "m0002").glob("ranker*"):
        file.write_bytes(b"{}")
    answer = client.post("/v1/models/m0002/promote")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:twofold:problem:damaged")
    assert str(twofold.settings.models_dir) not in answer.text
    assert serving(client, twofold) == "heuristic"


@pytest.mark.parametrize("version", ["m9999", "..", "m0001%2F..", "%2e%2e", "x" * 64, "rollback", "🦊"])
def test_an_unknown_version_is_404(client: TestClient, version: str) -> None:
    for answer in (client.get(f"/v1/models/{version}"), client.post(f"/v1/models/{version}/promote")):
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_version_that_is_no_name_is_422(client: TestClient) -> None:
    assert client.get("/v1/models/" + "x" * 65).status_code == 422
