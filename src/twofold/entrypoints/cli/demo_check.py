"""What the demo checks of the running product: lists, their effects, and the explanation, all over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

from twofold.entrypoints.cli.demo_client import CheckFailed

ANSWER_KEYS = {"request_id", "person", "items", "model", "features", "degraded", "removed", "timings_ms"}
ITEM_KEYS = {"person", "score", "p_viewer_likes", "p_candidate_likes", "sources", "reason", "position"}
LENGTH = 10
LEAST = 4  # people a list needs for the check: one to like, one to block, and somebody left
Json = dict[str, Any]


class Client(Protocol):
    """What the check needs of a running server (`demo_client.DemoClient`)."""

    def ready(self) -> None:
        """Raise unless it can serve."""

    def recommendations(self, person: str, limit: int) -> Json:
        """A person's list."""

    def explanation(self, viewer: str, candidate: str) -> Json:
        """Why the candidate is shown to the viewer, or why not."""

    def event(self, actor: str, kind: str, target: str) -> Json:
        """One person acts towards another, now."""


def check(client: Client, people: Sequence[str]) -> list[str]:
    """Ask, like, block, ask again; ``people`` are tried in turn until one has a list to work with.

    Returns:
        What was checked, in words.

    Raises:
        CheckFailed: says what is not as promised.
    """
    client.ready()
    first = _first_list(client, people)
    viewer, shown = first["person"], _people(first)
    said = [f"{viewer} has a list of {len(shown)}, complete and in order, by model {first['model']}"]
    _expect("cache" in client.recommendations(viewer, LENGTH)["timings_ms"], "asking again was not answered from cache")
    said.append("asking again is answered from the cache")
    said.append(_check_explanation(client, viewer, shown[0]))
    said.append(_check_like(client, viewer, shown[0]))
    said.append(_check_block(client, viewer, shown[1]))
    return said


def _first_list(client: Client, people: Sequence[str]) -> Json:
    answer: Json = {"items": []}
    for person in people:
        answer = client.recommendations(person, LENGTH)
        _check_answer(answer, person)
        if len(answer["items"]) >= LEAST:
            return answer
    raise CheckFailed(f"none of {len(people)} active people has a list of {LEAST}; left out: {answer.get('removed')}")


def _check_answer(answer: Json, person: str) -> None:
    _expect(set(answer) == ANSWER_KEYS, f"an answer has the keys {sorted(answer)}, not {sorted(ANSWER_KEYS)}")
    _expect(answer["person"] == person, "an answer names another person than was asked for")
    _expect(answer["degraded"] is False, "an answer is degraded")
    _expect(answer["model"] != "heuristic", "the heuristic serves, although a model was trained")
    items = answer["items"]
    for position, item in enumerate(items, start=1):
        _expect(set(item) == ITEM_KEYS, f"an item has the keys {sorted(item)}, not {sorted(ITEM_KEYS)}")
        _expect(item["position"] == position, "positions are not 1, 2, 3 ...")
        for name in ("p_viewer_likes", "p_candidate_likes"):
            _expect(0 <= item[name] <= 1, "a probability is not between 0 and 1")
        _expect(bool(item["sources"] and item["reason"]), "an item has no source or no reason")
    _expect(len(set(_people(answer))) == len(items), "somebody stands on a list twice")
    _expect(person not in _people(answer), "somebody is recommended to themselves")
    _expect(all(a["score"] >= b["score"] for a, b in pairwise(items)), "a list is not in the order of its scores")


def _check_explanation(client: Client, viewer: str, candidate: str) -> str:
    explanation = client.explanation(viewer, candidate)
    _expect(explanation.get("eligible") is True, "the explanation of somebody on the list says they may not be shown")
    _expect(bool(explanation.get("moved")), "the explanation names no feature")
    return f"the explanation of {candidate} names {len(explanation['moved'])} features"


def _check_like(client: Client, viewer: str, liked: str) -> str:
    client.event(viewer, "like", liked)
    after = client.recommendations(viewer, LENGTH)
    _check_answer(after, viewer)
    _expect(liked not in _people(after), "somebody who was liked stands on the next list")
    removed = client.explanation(viewer, liked)["removed"]
    _expect(removed in ("decided", "matched"), "the explanation does not say that somebody liked was decided on")
    return f"liked {liked}: gone from the next list"


def _check_block(client: Client, viewer: str, blocked: str) -> str:
    client.recommendations(blocked, LENGTH)  # so that their list is in the cache, too
    client.event(viewer, "block", blocked)
    for one, other in ((viewer, blocked), (blocked, viewer)):
        answer = client.recommendations(one, LENGTH)
        _check_answer(answer, one)
        _expect(other not in _people(answer), "somebody blocked stands on a list")
        _expect(client.explanation(one, other)["removed"] == "blocked", "a block does not hold both ways")
    return f"blocked {blocked}: neither sees the other any more"


def _people(answer: Json) -> list[str]:
    return [item["person"] for item in answer["items"]]


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise CheckFailed(otherwise)
