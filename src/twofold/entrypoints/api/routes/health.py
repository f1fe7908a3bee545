"""What operators and their machines ask."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from twofold.domain.errors import Unavailable
from twofold.entrypoints.api.answers import problems, ready
from twofold.entrypoints.api.product import Product
from twofold.entrypoints.schemas import HealthOut

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="Does the process live?", response_model=HealthOut)
async def healthz() -> Response:
    """Answers as long as the process does; a coroutine, so that busy threads do not make it look dead."""
    return ready(HealthOut(status="ok"))


@router.get("/readyz", summary="Can it serve?", response_model=HealthOut, responses=problems(503))
def readyz(product: Product) -> Response:
    """The database answers, its schema is this release's, and everyone is in memory."""
    product.store.ping()
    if not product.live.loaded:
        raise Unavailable("people are still being loaded; try again")
    return ready(HealthOut(status="ready"))


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}}},
)
def metrics(product: Product) -> Response:
    """Counters and histograms of this process; no label holds a person."""
    return Response(product.metrics.render(), headers={"content-type": CONTENT_TYPE_LATEST})
