"""Errors over HTTP: one shape, ``application/problem+json`` (RFC 9457), that never repeats what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from twofold.domain.errors import Damaged, InvalidInput, NotFound, Refused, TwofoldError, Unavailable

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:twofold:problem:"
# A client that waits this long meets a database that has come back, and does not add to its load before.
RETRY_AFTER_SECONDS = 5
# So many fields are named; somebody who got more of them wrong sees the pattern.
MOST_FIELDS = 20

# The one table of what each error of the product is over HTTP: status, type, title.
STATUS: Mapping[type[TwofoldError], tuple[int, str, str]] = {
    InvalidInput: (422, "invalid-input", "Invalid input"),
    Refused: (409, "refused", "Refused"),
    NotFound: (404, "not-found", "Not found"),
    Unavailable: (503, "unavailable", "Unavailable"),
    Damaged: (500, "damaged", "A stored file is damaged"),
    TwofoldError: (500, "failed", "Failed"),
}
# What the framework itself answers.
FRAMEWORK: Mapping[int, tuple[str, str, str]] = {
    404: ("not-found", "Not found", "there is nothing at this path; /docs lists what there is"),
    405: ("method", "Method not allowed", "this path does not know this method; the header Allow names those it knows"),
}
# What a field was expected to be, by the name of pydantic's complaint.
EXPECTED: Mapping[str, str] = {
    "missing": "a value; it is required",
    "string_type": "a text",
    "string_unicode": "valid Unicode text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of at most 18 digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "an object",
    "dict_type": "an object",
    "extra_forbidden": "only the fields that the documentation names",
}
# The same where the complaint has a bound.
BOUNDED: Mapping[str, str] = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_long": "a list of at most {max_length}",
    "too_short": "a list of at least {min_length}",
    "literal_error": "one of {expected}",
    "expected": "{expected}",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field that does not fit: its name, and what was expected."""

    field: str
    expected: str


class Problem(Exception):
    """An answer that is a problem.

    >>> Problem(413, "too-large", "Body too large", "send less").document()["type"]
    'urn:twofold:problem:too-large'
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.errors, self.headers = tuple(errors), dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {
            "type": TYPES + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [asdict(each) for each in self.errors],
        }

    def response(self) -> Response:
        """The answer."""
        body = msgspec.json.encode(self.document())
        return Response(body, self.status, self.headers, media_type=MEDIA_TYPE)

    @classmethod
    def of_error(cls, error: TwofoldError) -> Problem:
        """What one of the product's errors is over HTTP."""
        status, kind, title = next(STATUS[each] for each in type(error).__mro__ if each in STATUS)
        if isinstance(error, InvalidInput):
            return cls(status, kind, title, str(error), [Wrong(error.field, error.expected)])
        if isinstance(error, Refused):
            kind = f"{kind}:{error.code.replace('_', '-')}"
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(error, Unavailable) else {}
        return cls(status, kind, title, str(error), (), headers)

    @classmethod
    def of_fields(cls, errors: Sequence[Mapping[str, Any]]) -> Problem:
        """What pydantic's complaints are over HTTP."""
        wrong = [wrong_field(error) for error in errors]
        named = list(dict.fromkeys(wrong))
        status, kind, title = STATUS[InvalidInput]
        detail = f"{named[0].field}: expected {named[0].expected}"
        more = f" (and {len(named) - 1} more)" if len(named) > 1 else ""
        return cls(status, kind, title, detail + more, named[:MOST_FIELDS])


INTERNAL = Problem(500, "internal", "Internal error", "something unforeseen went wrong; its request id is in the log")
MALFORMED = Problem(
    400,
    "malformed",
    "Malformed body",
    "the body must be one JSON document in UTF-8, without NaN, numbers beyond 1e308 or names that repeat in an object",
    [Wrong("body", "a JSON document")],
)
NOT_JSON = Problem(
    415, "media-type", "Unsupported media type", "send JSON, and say so with the header Content-Type: application/json"
)


def wrong_field(error: Mapping[str, Any]) -> Wrong:
    """The field and the expectation of one of pydantic's complaints; never its input, nor a name that was sent.

    >>> wrong_field({"type": "string_type", "loc": ("body", "people", 3, "bio")})
    Wrong(field='people[3].bio', expected='a text')
    """
    kind, loc = str(error["type"]), list(error["loc"])
    if kind == "extra_forbidden":
        loc = loc[:-1]
    if loc and loc[0] in ("body", "query", "path", "header"):
        loc = loc[1:]
    return Wrong(_name(loc), _expected(kind, error.get("ctx") or {}))


def install(app: FastAPI) -> None:
    """Answer every error of the product, the validation and the framework as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(TwofoldError, _on_product)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_framework)


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _on_product(_request: Request, error: Exception) -> Response:
    assert isinstance(error, TwofoldError)
    return Problem.of_error(error).response()


async def _on_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return Problem.of_fields(error.errors()).response()


async def _on_framework(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = ("request", "Bad request", "the request cannot be read")
    kind, title, detail = FRAMEWORK.get(error.status_code, known)
    return Problem(error.status_code, kind, title, detail, (), error.headers).response()


def _name(loc: Sequence[str | int]) -> str:
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name or "body"


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if kind in BOUNDED:
        return BOUNDED[kind].format_map(context)
    return EXPECTED.get(kind, "what the documentation says of it")
