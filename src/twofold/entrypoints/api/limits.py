"""How large a request may be."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twofold.entrypoints.api.problems import Problem

# 10,000 people with all they may say about themselves fit in two or three calls; 10,000 events need about 1 MB.
MOST_BYTES = 8 * 1024 * 1024
# A header that claims more than this many digits is not a length.
MOST_DIGITS = 18


def too_large(most: int) -> Problem:
    """The problem of a body above the limit."""
    return Problem(
        413, "too-large", "Body too large", f"the body must not be longer than {most} bytes; send less at once"
    )


class BodyLimit:
    """Middleware: a body is refused as soon as more than ``most`` bytes are announced, or have come.

    What comes is counted, so a missing or false length makes no difference.
    """

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on with a counted stream; the problem is raised where the body is read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen, most = 0, self.most
        announced = _announced(scope)

        async def counted() -> Message:
            nonlocal seen
            if announced > most:
                raise too_large(most)
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise too_large(most)
            return message

        await self.app(scope, counted, send)


def _announced(scope: Scope) -> int:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length[: MOST_DIGITS + 1]) if length.isdigit() else 0
