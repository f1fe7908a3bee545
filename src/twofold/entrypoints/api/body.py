"""Bodies: read within the limit, parsed strictly, validated against the schema that the documentation shows."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from twofold.entrypoints.api.problems import MALFORMED, NOT_JSON, Problem

Model = TypeVar("Model", bound=BaseModel)


async def json_body(request: Request) -> bytes:
    """The body of a request that says it is JSON; parsed later, in the route's own thread."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise NOT_JSON
    return await request.body()


JsonBody = Annotated[bytes, Depends(json_body)]


def parse_json(body: bytes) -> object:
    """The document of a body.

    Stricter than `json.loads`: UTF-8 alone, no NaN, nothing beyond the range of a double, no name twice in an object
    (two readers of such a document may disagree about what it says).

    Raises:
        Problem: status 400.

    >>> parse_json(b'{"limit": 20}')
    {'limit': 20}
    """
    try:
        return json.loads(
            body.decode(), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite_float
        )
    except (ValueError, RecursionError):
        raise MALFORMED from None


def validated(model: type[Model], document: object) -> Model:
    """The document as a model.

    Raises:
        Problem: status 422, naming the fields that do not fit.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise Problem.of_fields(error.errors(include_input=False, include_url=False)) from None


def read_body(model: type[Model], body: bytes) -> Model:
    """The body as a model."""
    return validated(model, parse_json(body))


def documented(model: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of a route whose body is read by `json_body`."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(_name: str) -> float:
    raise ValueError("not a number")


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("beyond the range of a double")
    return value
