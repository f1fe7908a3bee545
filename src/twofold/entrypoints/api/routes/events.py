"""Events over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Response

from twofold.entrypoints.api.answers import BODY_PROBLEMS, also, problems, ready
from twofold.entrypoints.api.body import JsonBody, documented
from twofold.entrypoints.api.event_rows import read_event, read_events
from twofold.entrypoints.api.product import Product
from twofold.entrypoints.schemas import EventIn, EventsIn, ReceivedOut

router = APIRouter(prefix="/v1/events", tags=["events"])


@router.post(
    "",
    summary="Record one event",
    status_code=201,
    response_model=ReceivedOut,
    responses=also(200, ReceivedOut, "The event had been there.") | problems(*BODY_PROBLEMS, 404, 503),
    openapi_extra=documented(EventIn),
)
def post_event(product: Product, body: JsonBody) -> Response:
    """What is acknowledged is on disk and counts for the next list of either person."""
    received = product.feedback.record([read_event(body, product.clock())])
    return ready(received, 201 if received.accepted else 200)


@router.post(
    "/batch",
    summary="Record many events",
    response_model=ReceivedOut,
    responses=problems(*BODY_PROBLEMS, 404, 503),
    openapi_extra=documented(EventsIn),
)
def post_events(product: Product, body: JsonBody) -> Response:
    """Up to 10,000 events; all are judged before any is stored. Sending a batch again changes nothing."""
    return ready(product.feedback.record_many(read_events(body, product.clock())))
