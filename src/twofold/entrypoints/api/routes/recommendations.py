"""Lists and explanations over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from twofold.domain.person import check_id
from twofold.entrypoints.api.answers import problems, ready
from twofold.entrypoints.api.observing import REQUEST_ID
from twofold.entrypoints.api.paths import ID_SCHEMA, CandidateId, PersonId
from twofold.entrypoints.api.product import Product
from twofold.entrypoints.schemas import AnswerOut, ExplanationOut
from twofold.services.recommend import MOST_EXCLUDED, MOST_ITEMS

router = APIRouter(prefix="/v1/people/{id}", tags=["recommendations"])

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
def get_recommendations(
    person: PersonId,
    product: Product,
    limit: Limit = None,
    exclude: Exclude = [],  # noqa: B006
) -> Response:
    """The list, best first. Asked again within ten minutes it is the same list, as long as it is still right."""
    answer = product.recommend.recommend(person, limit, exclude)
    return ready(answer, headers={REQUEST_ID: answer.request_id})


@router.get(
    "/explanation/{candidate}",
    summary="Why is this person recommended, or why not?",
    response_model=ExplanationOut,
    responses=problems(404, 409, 422, 503),
)
def get_explanation(person: PersonId, candidate: CandidateId, product: Product) -> Response:
    """The candidate's way through the viewer's pipeline. For the app's backend and operators: never for the viewer."""
    return ready(product.explain.explain(person, candidate))
