"""Ids in paths: any printable characters, percent-encoded, a slash too."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Path
from pydantic import AfterValidator, WithJsonSchema
from starlette.types import ASGIApp, Receive, Scope, Send

from twofold.domain.errors import InvalidInput
from twofold.domain.person import MAX_ID, check_id

ID_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_ID})


class RawPath:
    """Middleware: routes see the path as it was sent, so that ``%2F`` inside an id does not look like a separator.

    Servers hand on a decoded path too; `id_from_path` decodes each id once its route is known.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replace the path, then go on."""
        if scope["type"] == "http":
            raw: bytes | None = scope.get("raw_path")
            scope["path"] = raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])
        await self.app(scope, receive, send)


def id_from_path(raw: str, field: str = "id") -> str:
    """The id that a segment of a path stands for.

    Raises:
        InvalidInput: it is not 1-64 printable characters.

    >>> id_from_path("Zo%C3%AB%2F%F0%9F%A6%8A")
    'Zoë/🦊'
    """
    try:
        text = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput(field, f"1 to {MAX_ID} printable characters, as percent-encoded UTF-8") from None
    return check_id(text, field)


PersonId = Annotated[
    str, Path(alias="id", description="The person's id, percent-encoded."), AfterValidator(id_from_path), ID_SCHEMA
]
CandidateId = Annotated[
    str,
    Path(alias="candidate", description="The other person's id, percent-encoded."),
    AfterValidator(partial(id_from_path, field="candidate")),
    ID_SCHEMA,
]
ModelVersion = Annotated[
    str,
    Path(alias="version", description="A model's version, such as `m0003`."),
    AfterValidator(partial(id_from_path, field="version")),
    ID_SCHEMA,
]
