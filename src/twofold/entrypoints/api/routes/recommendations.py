"""Lists and explanations over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, WithJsonSchema

from twofold.domain.person import MAX_ID, check_id
from twofold.entrypoints.api.answers import problems, ready
from twofold.entrypoints.api.observing import REQUEST_ID
from twofold.entrypoints.api.paths import ID_SCHEMA, CandidateId, PersonId
from twofold.entrypoints.api.plain import PlainRoute
from twofold.entrypoints.api.product import product_of
from twofold.entrypoints.api.turns import turns_of
from twofold.entrypoints.schemas import AnswerOut, ExplanationOut
from twofold.services.recommend import MOST_EXCLUDED, MOST_ITEMS

Audience = Annotated[
    Literal["backend", "operator"],
    Query(description="For whom: the probabilities of both directions are null for all but `operator`."),
]
Model = Annotated[
    str | None,
    AfterValidator(lambda version: version if version is None else check_id(version, field="model")),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_ID}),
    Query(description="For operators: another version than the one that serves. Such a list counts as not shown."),
]

router = APIRouter(prefix="/v1/people/{id}", tags=["recommendations"], route_class=PlainRoute)

Limit = Annotated[
    int | None, Query(ge=1, le=MOST_ITEMS, description="How many people; absent is the service's own list length.")
]
Excluded = Annotated[str, AfterValidator(partial(check_id, field="exclude")), ID_SCHEMA]
Exclude = Annotated[
    list[Excluded], Query(max_length=MOST_EXCLUDED, description="Ids to leave out of this list; may be repeated.")
]


@router.get(
    "/recommendations",
    summary="Whom should this person see next?",
    response_model=AnswerOut,
    responses=problems(404, 409, 422, 503),
)
async def get_recommendations(
    request: Request,
    person: PersonId,
    limit: Limit = None,
    exclude: Exclude = [],  # noqa: B006
    audience: Audience = "backend",
    model: Model = None,
) -> Response:
    """The list, best first. Asked again within ten minutes it is the same list, as long as it is still right.

    With `model` it is the list that another version would make: it is made anew each time and does not count as shown.
    """
    # Dependencies of a route would say the same at the cost of some 150 calls.
    recommend = product_of(request).recommend.recommend
    answer = await turns_of(request).run(partial(recommend, person, limit, exclude, model))
    seen = answer if audience == "operator" else answer.without_probabilities()
    return ready(seen, headers={REQUEST_ID: answer.request_id})


@router.get(
    "/explanation/{candidate}",
    summary="Why is this person recommended, or why not?",
    response_model=ExplanationOut,
    responses=problems(404, 409, 422, 503),
)
async def get_explanation(request: Request, person: PersonId, candidate: CandidateId) -> Response:
    """The candidate's way through the viewer's pipeline. For operators: it tells of people's private acts."""
    return ready(await turns_of(request).run(partial(product_of(request).explain.explain, person, candidate)))
