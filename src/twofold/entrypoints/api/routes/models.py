"""The model registry over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from twofold.entrypoints.api.answers import problems, ready
from twofold.entrypoints.api.paths import ModelVersion
from twofold.entrypoints.api.product import Product
from twofold.entrypoints.schemas import ModelOut, ModelsOut

ACTOR = "http"  # in the audit trail

Force = Annotated[bool, Query(description="Promote it whatever the verdict is; that is on record.")]

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get("", summary="All versions", response_model=ModelsOut, responses=problems(503))
def list_models(product: Product) -> Response:
    """All versions, newest first, and which of them serves and which waits."""
    champion, candidate = product.registry.champion(), product.registry.candidate()
    found = ModelsOut.model_construct(
        champion=champion and champion.version,
        candidate=candidate and candidate.version,
        models=[ModelOut.of(record) for record in product.registry.list()],
    )
    return ready(found)


@router.get("/{version}", summary="One version", response_model=ModelOut, responses=problems(404, 422, 503))
def get_model(version: ModelVersion, product: Product) -> Response:
    """A version with its figures."""
    return ready(ModelOut.of(product.registry.get(version)))


@router.post(
    "/{version}/promote",
    summary="Let a version serve",
    response_model=ModelOut,
    responses=problems(404, 409, 422, 500, 503),
)
def promote_model(version: ModelVersion, product: Product, force: Force = False) -> Response:
    """The version becomes the champion; every server follows within a second.

    Its files have to verify, and it has to pass the promotion rule against the present champion: a measured gain and no
    harm. Measuring takes minutes, so this route reads the verdict that `twofold models compare VERSION` has kept, and
    without one it refuses (409, `refused:not-compared`). The first version, and the first that can rank, need none.
    """
    return ready(ModelOut.of(product.promotion.promote(version, ACTOR, force, measure=False)))


@router.post("/rollback", summary="Go back", response_model=ModelOut, responses=problems(404, 409, 500, 503))
def roll_back(product: Product) -> Response:
    """The champion before the present one serves again; every server follows within a second."""
    return ready(ModelOut.of(product.promotion.rollback(ACTOR)))
