"""How a route reaches the assembled product."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from twofold.bootstrap import Twofold


async def product_of(request: Request) -> Twofold:
    """The product of the application that a request came to (a coroutine, so that it costs no thread)."""
    product: Twofold = request.app.state.twofold
    return product


Product = Annotated[Twofold, Depends(product_of)]
