"""How a route reaches the assembled product."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from twofold.bootstrap import Twofold


def product_of(request: Request) -> Twofold:
    """The product of the application that a request came to."""
    product: Twofold = request.app.state.twofold
    return product


async def _product(request: Request) -> Twofold:
    """A coroutine, so that it costs no thread."""
    return product_of(request)


Product = Annotated[Twofold, Depends(_product)]
