"""The demo keeps away from what is the user's, and its check notices what is wrong."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twofold.domain.answer import Answer, Item
from twofold.entrypoints.cli.app import run
from twofold.entrypoints.cli.demo import _without_settings, commands_to_try
from twofold.entrypoints.cli.demo_check import check
from twofold.entrypoints.cli.demo_client import CheckFailed, DemoClient

Json = dict[str, Any]


class GoodClient:
    """A town of eight in which everything is as promised."""

    people = tuple("abcdefgh")

    def __init__(self) -> None:
        self.gone: dict[tuple[str, str], str] = {}
        self.cached: set[str] = set()

    def ready(self) -> None:
        """It is."""

    def recommendations(self, person: str, limit: int) -> Json:
        shown = [each for each in self.people if each != person and (person, each) not in self.gone][:limit]
        timings = {"cache": 0.1} if person in self.cached else {"total": 1.0}
        self.cached.add(person)
        return {
            "request_id": "r",
            "person": person,
            "items": [
                {
                    "person": each,
                    "score": 0.9 - place / 10,
                    "p_viewer_likes": 0.9 - place / 10,
                    "p_candidate_likes": 1.0,
                    "sources": ["content"],
                    "reason": "You both like tea",
                    "position": place + 1,
                }
                for place, each in enumerate(shown)
            ],
            "model": "m0001",
            "features": "v1",
            "degraded": False,
            "removed": {},
            "timings_ms": timings,
        }

    def explanation(self, viewer: str, candidate: str) -> Json:
        removed = self.gone.get((viewer, candidate))
        return {"eligible": removed is None, "removed": removed, "moved": [{"feature": "age"}]}

    def event(self, actor: str, kind: str, target: str) -> Json:
        self.cached -= {actor, target}
        self.gone[actor, target] = "decided" if kind == "like" else "blocked"
        if kind == "block":
            self.gone[target, actor] = "blocked"
        return {"accepted": 1}


def test_the_check_passes_where_all_is_well() -> None:
    said = check(GoodClient(), ["a"])
    assert len(said) == 5


def test_the_check_tries_the_next_person_when_a_list_is_short() -> None:
    client = GoodClient()
    client.gone |= {("a", each): "decided" for each in "bcdef"}
    assert check(client, ["a", "b"])[0].startswith("b has a list")


def broken(change: Callable[[Json], object]) -> type[GoodClient]:
    """A client whose every answer is changed."""

    class Broken(GoodClient):
        def recommendations(self, person: str, limit: int) -> Json:
            answer = super().recommendations(person, limit)
            change(answer)
            return answer

    return Broken


def first(answer: Json) -> Json:
    item: Json = answer["items"][0]
    return item


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda answer: answer.pop("removed"), "keys"),
        (lambda answer: first(answer).pop("reason"), "keys"),
        (lambda answer: first(answer).update(reason=""), "no reason"),
        (lambda answer: first(answer).update(position=2), "positions"),
        (lambda answer: first(answer).update(p_viewer_likes=1.5), "probability"),
        (lambda answer: first(answer).update(p_candidate_likes=-0.1), "probability"),
        (lambda answer: first(answer).update(score=0.0), "order of its scores"),
        (lambda answer: first(answer).update(person=answer["items"][1]["person"]), "twice"),
        (lambda answer: first(answer).update(person=answer["person"]), "themselves"),
        (lambda answer: answer.update(person="x"), "another person"),
        (lambda answer: answer.update(degraded=True), "degraded"),
        (lambda answer: answer.update(model="heuristic"), "heuristic"),
        (lambda answer: answer.update(items=[]), "has a list of"),
        (lambda answer: answer.update(timings_ms={"total": 1.0}), "cache"),
    ],
)
def test_the_check_notices_a_wrong_answer(change: Callable[[Json], object], said: str) -> None:
    with pytest.raises(CheckFailed, match=said):
        check(broken(change)(), ["a"])


class LikesAreForgotten(GoodClient):
    """A like changes nothing."""

    def event(self, actor: str, kind: str, target: str) -> Json:
        return {} if kind == "like" else super().event(actor, kind, target)


class BlocksHoldOneWay(GoodClient):
    """Who was blocked goes on seeing who blocked them."""

    def event(self, actor: str, kind: str, target: str) -> Json:
        super().event(actor, kind, target)
        if kind == "block":
            del self.gone[target, actor]
        return {}


class ExplainsNothing(GoodClient):
    """An explanation without features."""

    def explanation(self, viewer: str, candidate: str) -> Json:
        return super().explanation(viewer, candidate) | {"moved": []}


@pytest.mark.parametrize(
    ("client", "said"),
    [(LikesAreForgotten, "liked"), (BlocksHoldOneWay, "blocked|block"), (ExplainsNothing, "no feature")],
)
def test_the_check_notices_a_missing_effect(client: type[GoodClient], said: str) -> None:
    with pytest.raises(CheckFailed, match=said):
        check(client(), ["a"])


def test_an_unreachable_server_is_a_failed_check() -> None:
    with pytest.raises(CheckFailed, match="GET /readyz failed"):
        DemoClient("http://127.0.0.1:1").ready()


def test_the_users_settings_are_put_aside_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_DATABASE_URL", "postgresql://mine")
    with _without_settings():
        assert not [name for name in os.environ if name.startswith("TWOFOLD_")]
    assert os.environ["TWOFOLD_DATABASE_URL"] == "postgresql://mine"


def test_a_folder_with_something_in_it_is_not_written_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    assert run(["demo", "--keep", str(tmp_path)]) == 3
    assert run(["demo", "--keep", str(mine)]) == 3
    assert "new or empty" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("shown", [0, 1, 3])
def test_the_commands_to_try_are_ready_for_a_shell(shown: int) -> None:
    items = tuple(Item(f"p{n}", 0.5, 0.5, 0.5, ("content",), "You both like tea", n) for n in range(1, shown + 1))
    answer = Answer("r", "ada", items, "m0001", "v1", False, {}, {})
    listed, liked, explained = commands_to_try("http://127.0.0.1:8000", answer)
    assert shlex.split(listed) == ["curl", "http://127.0.0.1:8000/v1/people/ada/recommendations"]
    assert json.loads(shlex.split(liked)[-1])["actor"] == "ada"
    assert shlex.split(explained)[1].startswith("http://127.0.0.1:8000/v1/people/ada/explanation/")
