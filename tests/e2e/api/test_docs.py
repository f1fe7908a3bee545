"""The page on the API: its calls work as they stand there, and it leaves nothing out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twofold.entrypoints.api import problems
from twofold.entrypoints.api.limits import too_large
from twofold.entrypoints.schemas import EventIn, PersonIn, ProblemOut

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")


def calls(page: str) -> Iterator[tuple[str, str, dict[str, str], str | None]]:
    """Method, path, headers and body of each curl in a page's shell blocks."""
    for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.startswith("curl "):
                continue
            given: dict[str, str] = {}
            words = iter(shlex.split(line)[1:])
            for word in words:
                given |= {word: next(words)} if word.startswith("-") else {"url": word}
            name, _, value = given.get("-H", "").partition(": ")
            path = given["url"].removeprefix("localhost:8000")
            yield given.get("-X", "GET"), path, {name: value} if name else {}, given.get("-d")


@pytest.mark.parametrize("page", ["docs/api.md", "README.md"])
def test_the_calls_work_in_order(server: Any, page: str) -> None:
    found = list(calls((ROOT / page).read_text(encoding="utf-8")))
    assert len(found) >= 3
    for person in ("ada", "bob"):
        server.http.put(f"/v1/people/{person}", json={"birth_date": "1990-01-01"})
    for method, path, headers, body in found:
        answer = server.http.request(method, path, headers=headers, content=body)
        assert answer.status_code in (200, 201), f"{method} {path}: {answer.text}"


def test_every_route_is_on_the_page(server: Any) -> None:
    paths = server.http.get("/openapi.json").json()["paths"]
    routes = {f"| `{method.upper()} {path}` |" for path, methods in paths.items() for method in methods}
    assert routes == set(re.findall(r"^\| `[A-Z]+ /.*?` \|", PAGE, re.MULTILINE))


def test_every_field_is_on_the_page() -> None:
    missing = [
        name for model in (PersonIn, EventIn, ProblemOut) for name in model.model_fields if f"`{name}`" not in PAGE
    ]
    assert missing == []


def test_every_problem_is_on_the_page() -> None:
    kinds = {each.kind for each in (problems.INTERNAL, problems.MALFORMED, problems.NOT_JSON, too_large(1))}
    kinds |= {kind for _, kind, _ in problems.STATUS.values()} | {kind for kind, _, _ in problems.FRAMEWORK.values()}
    shown = set(re.findall(r"`([a-z-]+)(?::[a-z-]+)?`", PAGE))
    assert kinds - shown == {"failed"}, "no route raises the bare error of the product"
