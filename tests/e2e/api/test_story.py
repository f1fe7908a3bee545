"""What people do takes effect in the next list, over a real socket, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from twofold.entrypoints.schemas import AnswerOut, ExplanationOut

Json = dict[str, Any]


class Town:
    """A handful of people of one test, in a place of their own: they see each other and nobody else."""

    def __init__(self, http: httpx.Client, people: int = 8) -> None:
        self.http, self.name = http, uuid4().hex[:8]
        # A gender that only this town seeks and is keeps the tests of one server apart.
        documents = [self.profile() | {"id": self.id(number)} for number in range(people)]
        answer = http.post("/v1/people/bulk", json={"people": documents})
        assert answer.json() == {"stored": people, "unchanged": 0, "refused": []}

    def id(self, number: int) -> str:
        """The id of a person."""
        return f"{self.name}/{number}"

    def profile(self, **changes: object) -> Json:
        """A profile of this town."""
        town = {"gender": self.name, "seeking": [self.name], "interests": ["chess"], "birth_date": "1990-01-01"}
        return town | changes

    def path(self, number: int, rest: str = "") -> str:
        """The path of a person."""
        return f"/v1/people/{self.name}%2F{number}{rest}"

    def list_of(self, number: int, limit: int = 50) -> Json:
        """A person's answer."""
        answer = self.http.get(self.path(number, f"/recommendations?limit={limit}"))
        assert answer.status_code == 200, answer.text
        AnswerOut.model_validate(answer.json())
        return dict(answer.json())

    def shown(self, number: int, limit: int = 50) -> set[int]:
        """Whom a person sees."""
        people = [item["person"] for item in self.list_of(number, limit)["items"]]
        assert len(set(people)) == len(people)
        return {int(person.partition("/")[2]) for person in people}

    def act(self, actor: int, kind: str, target: int) -> Json:
        """One event, now."""
        event = {"actor": self.id(actor), "target": self.id(target), "kind": kind}
        answer = self.http.post("/v1/events", json=event)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def explain(self, viewer: int, candidate: int) -> Json:
        """Why, or why not."""
        answer = self.http.get(self.path(viewer, f"/explanation/{self.name}%2F{candidate}"))
        assert answer.status_code == 200, answer.text
        ExplanationOut.model_validate(answer.json())
        return dict(answer.json())


@pytest.fixture
def town(any_server: Any) -> Town:
    return Town(any_server.http)


def test_everybody_of_the_town_and_nobody_else_is_listed(town: Town) -> None:
    assert town.shown(0) == set(range(1, 8))


def test_somebody_liked_is_not_on_the_next_list(town: Town) -> None:
    assert 3 in town.shown(0)
    town.act(0, "like", 3)
    assert 3 not in town.shown(0)
    assert 0 in town.shown(3)


def test_after_a_block_neither_sees_the_other_from_cached_lists_too(town: Town) -> None:
    assert 3 in town.shown(0)
    assert 0 in town.shown(3)
    assert "cache" in town.list_of(3)["timings_ms"]
    town.act(0, "block", 3)
    assert 0 not in town.shown(3)
    assert 3 not in town.shown(0)
    assert town.explain(0, 3)["removed"] == town.explain(3, 0)["removed"] == "blocked"


def test_a_second_reading_comes_from_the_cache(town: Town) -> None:
    first, second = town.list_of(0), town.list_of(0)
    assert list(second["timings_ms"]) == ["cache"]
    assert second["items"] == first["items"]


def test_somebody_deactivated_is_not_shown_and_has_no_list(town: Town) -> None:
    assert 3 in town.shown(0)
    assert town.http.put(town.path(3), json=town.profile(active=False)).status_code == 200
    assert 3 not in town.shown(0)
    assert town.http.get(town.path(3, "/recommendations")).status_code == 409
    assert town.http.put(town.path(3), json=town.profile()).status_code == 200
    assert town.explain(0, 3)["eligible"] is True
    assert 3 in town.shown(0, limit=49), "on the next list that is made; the cached one was right without them"


def test_somebody_deleted_is_gone_for_good(town: Town) -> None:
    assert 3 in town.shown(0)
    assert town.http.delete(town.path(3)).status_code == 204
    assert 3 not in town.shown(0)
    assert town.http.get(town.path(3)).status_code == 404
    assert town.http.get(town.path(3, "/recommendations")).status_code == 404
    assert town.http.put(town.path(3), json=town.profile()).status_code == 409


def test_a_changed_profile_changes_the_lists_of_both_sides(town: Town) -> None:
    assert 0 in town.shown(3)
    answer = town.http.put(town.path(0), json=town.profile(seeking=["nobody"]))
    assert (answer.status_code, answer.json()["seeking"]) == (200, ["nobody"])
    assert town.list_of(0)["items"] == []
    assert town.list_of(0)["removed"]["gender"] >= 7, "an empty list explains itself"
    assert 0 not in town.shown(3)


def test_mutual_likes_make_a_match(town: Town) -> None:
    first = town.act(0, "like", 3)
    second = town.act(3, "super_like", 0)
    assert second["position"] == first["position"] + 2, "the like and the match"
    assert town.explain(0, 3)["removed"] == town.explain(3, 0)["removed"] == "matched"
    assert 3 not in town.shown(0)
    assert 0 not in town.shown(3)


def test_an_explanation_agrees_with_the_list(town: Town) -> None:
    item = town.list_of(0)["items"][0]
    found = town.explain(0, int(item["person"].partition("/")[2]))
    assert found["eligible"] is True
    assert found["removed"] is None
    assert found["moved"]
    assert found["sources"]


def test_ten_thousand_events_in_one_batch(any_server: Any) -> None:
    town = Town(any_server.http, people=101)
    pairs = [(a, b) for a in range(101) for b in range(101) if a != b][:10_000]
    events = [
        {"actor": town.id(a), "target": town.id(b), "kind": "view", "at": 1_700_000_000 + number}
        for number, (a, b) in enumerate(pairs)
    ]
    first = any_server.http.post("/v1/events/batch", json={"events": events})
    assert (first.status_code, first.json()["accepted"]) == (200, 10_000)
    again = any_server.http.post("/v1/events/batch", json={"events": events})
    assert (again.json()["accepted"], again.json()["repeated"]) == (0, 10_000)
    assert again.json()["position"] == first.json()["position"]
    assert len(town.shown(0)) == 50
