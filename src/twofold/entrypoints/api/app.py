"""The application: routes, middleware, errors, and what happens before the first request and after the last."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import structlog
from anyio import to_thread
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.middleware import Middleware

import twofold as package
from twofold.bootstrap import Twofold, compile_loops
from twofold.domain.errors import TwofoldError
from twofold.entrypoints.api.housekeeping import Housekeeping
from twofold.entrypoints.api.limits import BodyLimit
from twofold.entrypoints.api.observing import Observing
from twofold.entrypoints.api.paths import RawPath
from twofold.entrypoints.api.problems import install
from twofold.entrypoints.api.routes import events, health, models, people, recommendations
from twofold.entrypoints.schemas import EventIn, EventsIn, PeopleIn, PersonIn, PersonWithId, ProblemOut

ROUTERS = (people.router, events.router, recommendations.router, models.router, health.router)
# Read by `body.json_body`, so FastAPI does not find them by itself.
READ_BY_HAND: Sequence[type[BaseModel]] = (EventIn, EventsIn, PeopleIn, PersonIn, PersonWithId, ProblemOut)
DESCRIPTION = """People recommendations in two stages, for both sides.

Ids are 1-64 printable characters; in paths they are percent-encoded, a slash as `%2F`. Times are read as ISO 8601 or
Unix seconds and written as ISO 8601, UTC. Every error is an `application/problem+json`. Fields marked
`x-audience: public` may be shown to the viewer; those marked `backend` are for your own servers, those marked
`operator` for whoever runs the service: they tell of other people's private acts.
"""

log = structlog.get_logger()


class Api(FastAPI):
    """FastAPI, whose document also shows the bodies that routes read by themselves."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        document = super().openapi()
        _, shown = models_json_schema(
            [(model, "validation") for model in READ_BY_HAND], ref_template="#/components/schemas/{model}"
        )
        schemas = document["components"]["schemas"]
        schemas.update(shown["$defs"])
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document


def create_app(twofold: Twofold) -> FastAPI:
    """The HTTP application of an assembled product, which it closes when it ends.

    >>> from pathlib import Path
    >>> from twofold.bootstrap import assemble
    >>> from twofold.settings import Settings
    >>> app = create_app(assemble(Settings(data_dir=Path("unused"), database_url="memory:")))
    >>> "/v1/people/{id}/recommendations" in app.openapi()["paths"]
    True
    """
    app = Api(
        title="Twofold",
        version=package.__version__,
        description=DESCRIPTION,
        lifespan=_lifespan,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,  # what generated clients call their methods
        redirect_slashes=False,  # a redirect would repeat the path
        middleware=[Middleware(Observing, metrics=twofold.metrics), Middleware(RawPath), Middleware(BodyLimit)],
    )
    app.state.twofold = twofold
    install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Everyone is in memory before the first request; everything is written after the last."""
    twofold: Twofold = app.state.twofold
    housekeeping = Housekeeping(twofold)
    try:
        await to_thread.run_sync(_load, twofold)
        await to_thread.run_sync(housekeeping.start)
        twofold.renewal.start()
        if twofold.settings.auto_train:
            twofold.auto_trainer.start()
        yield
    finally:
        await to_thread.run_sync(housekeeping.stop)
        await to_thread.run_sync(twofold.close)


def _load(twofold: Twofold) -> None:
    compile_loops()
    gc.collect()
    gc.freeze()  # what is imported and compiled stays: to look through it again and again would hold up lists
    try:
        with ThreadPoolExecutor(1) as beside:
            ready_to_write = beside.submit(twofold.store.warm)
            twofold.live.warm()
            ready_to_write.result()
    except TwofoldError as error:
        log.error("people cannot be loaded", why=str(error))
        raise
