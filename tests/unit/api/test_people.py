"""People over HTTP."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from twofold.services.imports.mapping import PEOPLE_COLUMNS

ADA = {
    "id": "ada",
    "birth_date": "1990-05-17",
    "gender": "woman",
    "seeking": ["man", "woman"],
    "place": "Lyon",
    "lat": 45.76,
    "lon": 4.84,
    "interests": ["chess", "hiking"],
    "bio": "Zoë's friend 🦊",
    "min_age": 25,
    "max_age": 45,
    "max_distance_km": 50.5,
    "created_at": "2024-01-02T03:04:05Z",
    "last_active_at": "2026-01-02T03:04:05.500000Z",
    "active": True,
}


def test_what_is_put_is_what_is_got(client: TestClient) -> None:
    assert client.put("/v1/people/ada", json=ADA).status_code == 201
    answer = client.get("/v1/people/ada")
    assert answer.status_code == 200
    assert answer.json() == ADA
    assert list(answer.json()) == list(PEOPLE_COLUMNS), "the same names as the columns of files"


def test_what_is_got_can_be_put_again_and_changes_nothing(client: TestClient) -> None:
    client.put("/v1/people/ada", json=ADA)
    again = client.put("/v1/people/ada", json=client.get("/v1/people/ada").json())
    assert (again.status_code, again.json()) == (200, ADA)
    assert client.post("/v1/people/bulk", json={"people": [ADA]}).json()["unchanged"] == 1


def test_put_replaces_the_whole_person(client: TestClient) -> None:
    client.put("/v1/people/ada", json=ADA)
    client.put("/v1/people/ada", json={"birth_date": "1990-05-17"})
    stored = client.get("/v1/people/ada").json()
    assert (stored["gender"], stored["interests"], stored["active"]) == (None, [], True)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (1704164645, "2024-01-02T03:04:05Z"),
        (1704164645.25, "2024-01-02T03:04:05.250000Z"),
        ("2024-01-02T05:04:05+02:00", "2024-01-02T03:04:05Z"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05Z"),
        ("2024-01-02", "2024-01-02T00:00:00Z"),
    ],
)
def test_times_come_in_several_forms_and_go_out_in_one(client: TestClient, given: object, shown: str) -> None:
    assert client.put("/v1/people/ada", json=ADA | {"created_at": given}).json()["created_at"] == shown


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("birth_date", "19900517", "a date as YYYY-MM-DD"),
        ("birth_date", "1990-W05-1", "a date as YYYY-MM-DD"),
        ("birth_date", "", "a date as YYYY-MM-DD"),
        ("birth_date", "2990-01-01", "a date that gives an age of at most 120 years"),
        ("gender", "", "1 to 64 printable characters without ';'"),
        ("gender", 7, "a text"),
        ("seeking", "man", "a list"),
        ("seeking", [1], "a text"),
        ("interests", ["a", "a"], "at most 64 labels without repeats"),
        ("interests", ["a;b"], "1 to 64 printable characters without ';'"),
        ("lat", 91, "degrees between -90 and 90"),
        ("lat", "45", "a number"),
        ("lon", None, "lat and lon together, or neither"),
        ("min_age", 2**63, "whole years between 0 and 120"),
        ("min_age", 1.5, "a whole number"),
        ("min_age", True, "a whole number"),
        ("min_age", 46, "at most max_age"),
        ("max_distance_km", 0, "kilometres above 0 and at most 20038"),
        ("bio", "a\0b", "at most 5000 characters of valid text without NUL"),
        ("bio", "x" * 5_001, "at most 5000 characters of valid text without NUL"),
        ("created_at", "soon", "a time as ISO 8601 (no zone is UTC) or Unix seconds, between 1950 and 2149"),
        ("created_at", 2**63, "a time as ISO 8601 (no zone is UTC) or Unix seconds, between 1950 and 2149"),
        ("created_at", 10**400, "a time as ISO 8601 (no zone is UTC) or Unix seconds, between 1950 and 2149"),
        ("created_at", True, "a time as ISO 8601 (no zone is UTC) or Unix seconds, between 1950 and 2149"),
        ("created_at", "", "a time as ISO 8601 (no zone is UTC) or Unix seconds, between 1950 and 2149"),
        ("active", 1, "true or false"),
        ("active", None, "true or false"),
        ("id", "bob", "the id of the path, or none"),
    ],
)
def test_a_field_that_does_not_fit_is_named(client: TestClient, field: str, value: object, expected: str) -> None:
    answer = client.put("/v1/people/ada", json=ADA | {field: value})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert wrong["field"].partition("[")[0] in (field, "lat")
    assert wrong["expected"] == expected


def test_all_fields_of_a_wrong_type_are_named_at_once(client: TestClient) -> None:
    answer = client.put("/v1/people/ada", json={"gender": 1, "lat": "x", "secret-name": 3})
    assert {each["field"] for each in answer.json()["errors"]} == {"gender", "lat", "body"}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("person", "status", "kind"),
    [
        ({"birth_date": "2020-01-01"}, 409, "refused:under-age"),
        ({}, 409, "refused:age-unknown"),
        ([], 422, "invalid-input"),
        (7, 422, "invalid-input"),
    ],
)
def test_who_may_not_come_is_refused_with_the_reason(
    client: TestClient, person: object, status: int, kind: str
) -> None:
    answer = client.put("/v1/people/kid", json=person)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:twofold:problem:{kind}")
    assert client.get("/v1/people/kid").status_code == 404


def test_who_was_deleted_does_not_come_back(client: TestClient) -> None:
    client.put("/v1/people/ada", json=ADA)
    answer = client.delete("/v1/people/ada")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/v1/people/ada").status_code == 404
    assert client.delete("/v1/people/ada").status_code == 404
    again = client.put("/v1/people/ada", json=ADA)
    assert (again.status_code, again.json()["type"]) == (409, "urn:twofold:problem:refused:erased")


def test_bulk_stores_what_it_can_and_says_what_not(client: TestClient) -> None:
    client.put("/v1/people/gone", json=ADA | {"id": "gone"})
    client.delete("/v1/people/gone")
    people = [
        ADA,
        ADA | {"id": "kid", "birth_date": "2020-01-01"},
        7,
        ADA | {"id": "gone"},
        {"birth_date": "1990-01-01"},
        ADA | {"id": "bob", "lat": "north"},
        {"id": "p1", "birth_date": "1991-03-01"},
        ADA | {"id": "eve"},
    ]
    answer = client.post("/v1/people/bulk", json={"people": people})
    assert answer.status_code == 200
    document = answer.json()
    assert (document["stored"], document["unchanged"]) == (2, 1)
    reasons = {each["index"]: each["reason"] for each in document["refused"]}
    assert list(reasons) == [1, 2, 3, 4, 5]
    assert "under 18" in reasons[1]
    assert "object" in reasons[2]
    assert "erased" in reasons[3]
    assert reasons[4] == "id: expected a value; it is required"
    assert reasons[5] == "lat: expected a number"
    assert client.get("/v1/people/eve").status_code == 200


def test_bulk_with_nobody_fit_is_an_answer_too(client: TestClient) -> None:
    document = client.post("/v1/people/bulk", json={"people": [{}]}).json()
    assert (document["stored"], len(document["refused"])) == (0, 1)


@pytest.mark.parametrize("people", [[], [{}] * 10_001, {}, None])
def test_bulk_takes_1_to_10000_people(client: TestClient, people: object) -> None:
    answer = client.post("/v1/people/bulk", json={"people": people})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "people"
