"""The registry over HTTP, with a ranker made by hand."""

from __future__ import annotations

import math

import pytest
from starlette.testclient import TestClient

from twofold.bootstrap import Twofold
from twofold.domain.audit import AuditEntry, Json
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.features.spec import VERSIONS
from twofold.models.artifact import write_artifact
from twofold.rankers.logistic import LogisticParameters
from twofold.testing.contracts.models import ranker_documents


def register(twofold: Twofold, version: str, intercept: float) -> None:
    """A ranking model that says the same of everybody."""
    features = VERSIONS["h1"]
    zeros, ones = (0.0,) * len(features.names), (1.0,) * len(features.names)
    parameters = LogisticParameters(features.names, zeros, ones, zeros, intercept)
    digest = write_artifact(twofold.settings.models_dir, version, {}, ranker_documents(parameters))
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
    assert client.post("/v1/models/m0002/promote?force=true").json()["state"] == "champion"
    assert serving(client, twofold) == "m0002"
    assert client.post("/v1/models/rollback").json()["version"] == "m0001"
    assert serving(client, twofold) == "m0001"
    assert client.post("/v1/models/rollback").status_code == 404


def test_a_second_version_is_promoted_by_its_verdict_or_by_force(client: TestClient, twofold: Twofold) -> None:
    client.post("/v1/models/m0001/promote")
    answer = client.post("/v1/models/m0002/promote")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:twofold:problem:refused:not-compared")
    assert "`twofold models compare m0002`" in answer.json()["detail"]
    assert "?force=true" in answer.json()["detail"]
    assert client.post("/v1/models/m0002/promote?force=perhaps").status_code == 422

    verdict: Json = {"checks": [{"name": "ece", "passed": False, "said": "ECE 0.08: not below 0.03"}]}
    _keep(twofold, verdict)
    answer = client.post("/v1/models/m0002/promote")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:twofold:problem:refused:promotion-rule")
    assert "ECE 0.08: not below 0.03" in answer.json()["detail"]
    assert client.get("/v1/models").json()["champion"] == "m0001"

    _keep(twofold, {"checks": []})
    assert client.post("/v1/models/m0002/promote").json()["state"] == "champion"
    assert [(entry.actor, entry.action) for entry in twofold.promotion.audit(2)] == [
        ("http", "promote"),
        ("cli", "compare"),
    ]


def _keep(twofold: Twofold, verdict: Json) -> None:
    """A verdict on m0002, as the command line leaves it."""
    details: dict[str, Json] = {"champion": "m0001", "verdict": verdict}
    entry = AuditEntry(at=Micros(1), actor="cli", action="compare", subject="m0002", details=details)
    twofold.store.add_audit(entry)


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


def test_a_list_by_another_version(client: TestClient, twofold: Twofold) -> None:
    client.post("/v1/models/m0001/promote")
    assert serving(client, twofold) == "m0001"
    there, other = (client.get(f"/v1/people/p0/recommendations?model={name}").json() for name in ("m0001", "m0002"))
    assert (there["model"], other["model"]) == ("m0001", "m0002")
    missing = client.get("/v1/people/p0/recommendations?model=m0009")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:twofold:problem:not-found")


def test_a_list_by_a_damaged_version_is_409(client: TestClient, twofold: Twofold) -> None:
    for file in (twofold.settings.models_dir / "m0002").glob("ranker*"):
        file.write_bytes(b"{}")
    answer = client.get("/v1/people/p0/recommendations?model=m0002")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:twofold:problem:refused:model-unusable")
    assert str(twofold.settings.models_dir) not in answer.text


def test_probabilities_are_for_operators(client: TestClient, twofold: Twofold) -> None:
    client.post("/v1/models/m0001/promote")
    client.post("/v1/events", json={"actor": "p1", "target": "p0", "kind": "like"})
    assert serving(client, twofold) == "m0001"
    plain = client.get("/v1/people/p0/recommendations").json()["items"]
    backend = client.get("/v1/people/p0/recommendations?audience=backend").json()["items"]
    told = client.get("/v1/people/p0/recommendations?audience=operator").json()["items"]
    assert plain == backend
    for item, full in zip(plain, told, strict=True):
        assert (item["p_viewer_likes"], item["p_candidate_likes"]) == (None, None)
        assert full["p_viewer_likes"] == 0.5
        assert full["p_candidate_likes"] == (1.0 if full["person"] == "p1" else 0.5)
        kept = {name: value for name, value in full.items() if not name.startswith("p_")}
        assert kept == {name: value for name, value in item.items() if not name.startswith("p_")}
