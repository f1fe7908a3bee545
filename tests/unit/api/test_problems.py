"""Errors over HTTP: one shape, the right status, and never what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.testclient import TestClient

from twofold.domain import errors
from twofold.domain.errors import InvalidInput, Refused, TwofoldError, Unavailable
from twofold.entrypoints.api.problems import EXPECTED, MOST_FIELDS, STATUS, Problem
from twofold.entrypoints.schemas import EventsIn, PersonIn, ProblemOut
from twofold.services.training import TrainingFailed

KEYS = ["type", "title", "status", "detail", "errors"]
SECRET = "s3cr3t"


def test_every_error_of_the_product_has_its_own_status() -> None:
    own = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TwofoldError)}
    assert own == set(STATUS)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (InvalidInput("lat", "degrees"), 422, "invalid-input"),
        (Refused("under_age", "no"), 409, "refused:under-age"),
        (Unavailable("away"), 503, "unavailable"),
        (TrainingFailed("no"), 500, "failed"),
    ],
)
def test_an_error_becomes_a_problem(error: TwofoldError, status: int, kind: str) -> None:
    problem = Problem.of_error(error)
    assert (problem.status, problem.document()["type"]) == (status, f"urn:twofold:problem:{kind}")
    assert list(problem.document()) == KEYS == list(ProblemOut.model_fields)
    ProblemOut.model_validate(problem.document())


def test_only_so_many_fields_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        EventsIn.model_validate({"events": [{"actor": number} for number in range(100)]})
    problem = Problem.of_fields(caught.value.errors())
    assert len(problem.errors) == MOST_FIELDS
    assert problem.detail == "events[0].actor: expected a text (and 299 more)"


VALUES = st.recursive(
    st.sampled_from([SECRET, 7, 1.5, True, None, float("nan"), "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([SECRET, "x"]), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from([*PersonIn.model_fields, SECRET])


@given(st.one_of(VALUES, st.dictionaries(NAMES, VALUES)))
def test_complaints_are_translated_and_never_echo(document: Any) -> None:
    try:
        PersonIn.model_validate(document)
    except ValidationError as error:
        problem = Problem.of_fields(error.errors())
        said = json.dumps(problem.document())
        assert SECRET not in said
        assert "what the documentation says" not in said, "each complaint has words of its own"
        assert "{" not in problem.detail


def test_every_translation_reads_as_an_expectation() -> None:
    assert all(not text.endswith(".") and text[0].islower() for text in EXPECTED.values())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/{SECRET}", 404),
        ("GET", f"/v1/{SECRET}", 404),
        ("GET", "/v1/people/", 404),
        ("GET", f"/v1/people/{SECRET}/", 404),
        ("GET", f"/v1/people/{SECRET}", 404),
        ("GET", f"/v1/people/{SECRET}/recommendations/", 404),
        ("GET", f"/v1/people/{SECRET}/recommendations", 404),
        ("GET", f"/v1/people/p0/recommendations?limit={SECRET}", 422),
        ("GET", f"/v1/people/p0/recommendations?exclude={SECRET}%00", 422),
        ("GET", f"/v1/people/p0/explanation/{SECRET}", 404),
        ("GET", f"/v1/people/{SECRET}%00", 422),
        ("GET", f"/v1/people/{SECRET}%ff", 422),
        ("GET", f"/v1/models/{SECRET}", 404),
        ("POST", f"/v1/models/{SECRET}/promote", 404),
        ("PATCH", f"/v1/people/{SECRET}", 405),
        ("POST", "/healthz", 405),
    ],
)
def test_a_path_is_never_echoed(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, follow_redirects=False)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert list(answer.json()) == KEYS
    assert answer.json()["status"] == status
    assert SECRET not in answer.text + str(answer.headers)


def test_405_says_which_methods_there_are(client: TestClient) -> None:
    assert client.post("/healthz").headers["allow"] == "GET"
