"""The model registry over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Response

from twofold.entrypoints.api.answers import problems, ready
from twofold.entrypoints.api.paths import ModelVersion
from twofold.entrypoints.api.product import Product
from twofold.entrypoints.schemas import ModelOut, ModelsOut

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
def promote_model(version: ModelVersion, product: Product) -> Response:
    """The version becomes the champion once its files verify; every server follows within a second."""
    return ready(ModelOut.of(product.registry.promote(version)))


@router.post("/rollback", summary="Go back", response_model=ModelOut, responses=problems(404, 409, 500, 503))
def roll_back(product: Product) -> Response:
    """The champion before the present one serves again; every server follows within a second."""
    return ready(ModelOut.of(product.registry.rollback()))
