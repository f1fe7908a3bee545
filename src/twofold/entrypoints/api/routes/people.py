"""People over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Response

from twofold.domain.errors import InvalidInput
from twofold.domain.person import Person
from twofold.entrypoints.api.answers import BODY_PROBLEMS, also, problems, ready
from twofold.entrypoints.api.body import JsonBody, documented, read_body, validated
from twofold.entrypoints.api.paths import PersonId
from twofold.entrypoints.api.problems import Problem
from twofold.entrypoints.api.product import Product
from twofold.entrypoints.schemas import PeopleIn, PersonIn, PersonOut, PersonRefusedOut, PersonWithId, StoredOut

router = APIRouter(prefix="/v1/people", tags=["people"])


@router.post(
    "/bulk",
    summary="Insert or replace many people",
    response_model=StoredOut,
    responses=problems(*BODY_PROBLEMS, 409, 503),
    openapi_extra=documented(PeopleIn),
)
def put_people(product: Product, body: JsonBody) -> Response:
    """Up to 10,000 people. Each is judged alone: one that may not be stored is named with the reason and stops nothing.
    Of two entries with one id the later counts."""
    people: list[Person] = []
    places: list[int] = []
    refused: list[PersonRefusedOut] = []
    for index, document in enumerate(read_body(PeopleIn, body).people):
        try:
            given = validated(PersonWithId, document)
        except Problem as problem:
            refused.append(PersonRefusedOut(index=index, reason=problem.detail))
        else:
            people.append(given.to_person(given.id))
            places.append(index)
    if not people:
        return ready(StoredOut(stored=0, unchanged=0, refused=refused))
    stored = product.people.put_many(people)
    refused += [PersonRefusedOut(index=places[each.index], reason=each.reason) for each in stored.refused]
    refused.sort(key=lambda each: each.index)
    return ready(StoredOut(stored=stored.stored, unchanged=stored.unchanged, refused=refused))


@router.put(
    "/{id}",
    summary="Insert or replace one person",
    response_model=PersonOut,
    responses=also(201, PersonOut, "The person is new.") | problems(*BODY_PROBLEMS, 409, 503),
    openapi_extra=documented(PersonIn),
)
def put_person(person: PersonId, product: Product, body: JsonBody) -> Response:
    """The whole person: what is absent becomes unknown. Takes effect with the next list."""
    given = read_body(PersonIn, body)
    if given.id not in (None, person):
        raise InvalidInput("id", "the id of the path, or none")
    known = bool(product.store.keys_of([person]))
    version, _changed = product.people.put(given.to_person(person))
    return ready(PersonOut.of(version), 200 if known else 201)


@router.get("/{id}", summary="One person", response_model=PersonOut, responses=problems(404, 422, 503))
def get_person(person: PersonId, product: Product) -> Response:
    """The person as stored."""
    return ready(PersonOut.of(product.people.get(person)))


@router.delete("/{id}", summary="Erase one person", status_code=204, responses=problems(404, 422, 503))
def delete_person(person: PersonId, product: Product) -> Response:
    """Removes the person, what they did and what was done to them. The id does not come back."""
    product.people.remove(person)
    return Response(status_code=204)
