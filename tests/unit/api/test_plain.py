"""A request without a query is answered as one whose query says what is the default."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

ODD = "%00", "%ff", "x" * 65, "nobody", "p0"


@pytest.mark.parametrize("person", ODD)
def test_a_list_without_a_query(client: TestClient, person: str) -> None:
    path = f"/v1/people/{person}/recommendations"
    plain, asked = client.get(path), client.get(f"{path}?audience=backend")
    assert plain.status_code == asked.status_code
    own = ("request_id", "timings_ms")
    one, other = ({name: value for name, value in each.json().items() if name not in own} for each in (plain, asked))
    assert one == other


@pytest.mark.parametrize("viewer", ODD)
@pytest.mark.parametrize("candidate", [*ODD, "p1"])
def test_an_explanation_without_a_query(client: TestClient, viewer: str, candidate: str) -> None:
    path = f"/v1/people/{viewer}/explanation/{candidate}"
    plain, asked = client.get(path), client.get(f"{path}?unknown=1")
    assert (plain.status_code, set(plain.json())) == (asked.status_code, set(asked.json()))
    assert plain.json().get("errors") == asked.json().get("errors")
