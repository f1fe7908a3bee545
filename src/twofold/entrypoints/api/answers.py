"""Answers as ready bytes: the schema stays in the documentation, and nothing is validated that we made ourselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Response
from pydantic import BaseModel

from twofold.entrypoints.api.problems import MEDIA_TYPE

_ENCODER = msgspec.json.Encoder()

# What each status means wherever it is given.
MEANINGS: Mapping[int, str] = {
    400: "The body is not JSON.",
    404: "There is no such person or model.",
    409: "A rule forbids it; the type says which.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
    422: "A field does not fit.",
    500: "A stored file is damaged.",
    503: "No safe answer can be given right now; try again after the seconds that Retry-After says.",
}
BODY_PROBLEMS = (400, 413, 415, 422)


def ready(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that holds a model, or a class of the domain, as JSON."""
    body = value.model_dump_json().encode() if isinstance(value, BaseModel) else _ENCODER.encode(value)
    return Response(body, status, headers, media_type="application/json")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the documentation says of the problems a route may answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    return {status: {"description": MEANINGS[status], "content": content} for status in sorted(statuses)}


def also(status: int, model: type[BaseModel], meaning: str) -> dict[int | str, dict[str, Any]]:
    """A second good status of a route."""
    return {status: {"model": model, "description": meaning}}
