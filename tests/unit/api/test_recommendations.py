"""Lists and explanations over HTTP."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from twofold.bootstrap import Twofold
from twofold.domain.answer import Answer, Explanation, Item, Moved
from twofold.domain.errors import Unavailable
from twofold.entrypoints.schemas import AnswerOut, ExplanationOut, ItemOut, MovedOut
from twofold.services.feedback import Received
from twofold.services.people import PersonRefused, Stored

# Who may see what: the issue's own words.
AUDIENCES = {
    ItemOut: {
        "public": {"person", "position", "reason"},
        "backend": {"score", "sources"},
        "operator": {"p_viewer_likes", "p_candidate_likes"},
    },
    AnswerOut: {
        "public": {"person", "items"},
        "backend": {"request_id", "model", "features", "degraded", "removed", "timings_ms"},
        "operator": set(),
    },
    ExplanationOut: {"public": set(), "backend": set(), "operator": set(ExplanationOut.model_fields)},
    MovedOut: {"public": set(), "backend": set(), "operator": set(MovedOut.model_fields)},
}


def test_a_list_has_exactly_the_promised_keys(client: TestClient) -> None:
    answer = client.get("/v1/people/p0/recommendations")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert list(document) == [
        "request_id",
        "person",
        "items",
        "model",
        "features",
        "degraded",
        "removed",
        "timings_ms",
    ]
    assert len(document["items"]) == 11
    assert list(document["items"][0]) == [
        "person",
        "score",
        "p_viewer_likes",
        "p_candidate_likes",
        "sources",
        "reason",
        "position",
    ]
    AnswerOut.model_validate(document)


def test_the_request_id_of_the_header_is_the_lists(client: TestClient) -> None:
    answer = client.get("/v1/people/p0/recommendations")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_limit_and_exclude(client: TestClient) -> None:
    document = client.get("/v1/people/p0/recommendations?limit=5&exclude=p1&exclude=p%32&exclude=nobody").json()
    people = {item["person"] for item in document["items"]}
    assert len(people) == 5
    assert people.isdisjoint({"p1", "p2"})


def test_the_second_answer_comes_from_the_cache(client: TestClient) -> None:
    first, second = (client.get("/v1/people/p0/recommendations").json() for _ in range(2))
    assert list(second["timings_ms"]) == ["cache"]
    assert second["items"] == first["items"]
    assert second["request_id"] != first["request_id"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("limit=1e3", "limit"),
        ("limit=9223372036854775808", "limit"),
        ("limit=" + "9" * 5_000, "limit"),
        ("exclude=", "exclude"),
        ("exclude=%00", "exclude"),
        ("exclude=" + "x" * 65, "exclude"),
        ("&".join(["exclude=p1"] * 1_001), "exclude"),
        ("audience=everybody", "audience"),
        ("audience=public", "audience"),
        ("model=", "model"),
        ("model=%00", "model"),
        ("model=" + "x" * 65, "model"),
    ],
)
def test_a_query_that_does_not_fit_is_named(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/v1/people/p0/recommendations?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_nobody_and_the_inactive_have_no_list(client: TestClient) -> None:
    assert client.get("/v1/people/nobody/recommendations").status_code == 404
    client.put("/v1/people/p0", json={"birth_date": "1990-03-01", "active": False})
    answer = client.get("/v1/people/p0/recommendations")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:twofold:problem:refused:inactive")


def test_unavailable_says_when_to_try_again(
    client: TestClient, twofold: Twofold, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise Unavailable("the database is away")

    monkeypatch.setattr(twofold.store, "head", away)
    answer = client.get("/v1/people/p0/recommendations")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the database is away"


def test_an_explanation_tells_the_candidates_way(client: TestClient) -> None:
    answer = client.get("/v1/people/p0/explanation/p1")
    assert answer.status_code == 200
    ExplanationOut.model_validate(answer.json())
    assert answer.json()["eligible"] is True
    client.post("/v1/events", json={"actor": "p0", "target": "p1", "kind": "block"})
    assert client.get("/v1/people/p0/explanation/p1").json()["removed"] == "blocked"
    assert client.get("/v1/people/p1/explanation/p0").json()["removed"] == "blocked"
    assert client.get("/v1/people/p0/explanation/nobody").status_code == 404


@pytest.mark.parametrize(
    ("shown", "written"), [(AnswerOut, Answer), (ItemOut, Item), (ExplanationOut, Explanation), (MovedOut, Moved)]
)
def test_the_documented_answer_is_the_one_that_is_written(shown: type[BaseModel], written: Any) -> None:
    assert list(shown.model_fields) == [field.name for field in fields(written)]


def test_the_other_ready_answers_are_documented_as_they_are(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert list(schemas["ReceivedOut"]["properties"]) == [field.name for field in fields(Received)]
    assert list(schemas["StoredOut"]["properties"]) == [field.name for field in fields(Stored)]
    assert list(schemas["PersonRefusedOut"]["properties"]) == [field.name for field in fields(PersonRefused)]


@pytest.mark.parametrize("model", AUDIENCES)
def test_every_field_says_who_may_see_it(client: TestClient, model: type[BaseModel]) -> None:
    properties = client.get("/openapi.json").json()["components"]["schemas"][model.__name__]["properties"]
    said: dict[str, set[str]] = {"public": set(), "backend": set(), "operator": set()}
    for name, schema in properties.items():
        said[schema["x-audience"]].add(name)
        expected = {"public": "Public", "backend": "Backend only", "operator": "Operator only"}[schema["x-audience"]]
        assert schema["description"].startswith(expected), "in words, too"
    assert said == AUDIENCES[model]
