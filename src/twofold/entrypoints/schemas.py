"""What goes over HTTP, as the OpenAPI document shows it.

Requests are validated against these models. Answers to hot routes are written straight from the domain's own classes;
tests hold those and these models together. ``x-audience`` says who may see a field of an answer: ``public`` fields may
be shown to the viewer, ``backend`` fields are for the app's own servers, ``operator`` fields for those who run it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from twofold.domain.changes import PersonVersion
from twofold.domain.event import WRITABLE_KINDS
from twofold.domain.model import ModelRecord
from twofold.domain.person import MAX_GENDERS_SOUGHT, MAX_INTERESTS, Person
from twofold.entrypoints.fields import Age, Bio, Day, Id, Kilometres, Label, Latitude, Longitude, Schema, Time
from twofold.services.feedback import MOST_EVENTS
from twofold.services.people import MOST_PEOPLE

PUBLIC: dict[str, Any] = {"x-audience": "public"}
BACKEND: dict[str, Any] = {"x-audience": "backend"}
OPERATOR: dict[str, Any] = {"x-audience": "operator"}


class PersonIn(Schema):
    """A person. Everything may be unknown (null or absent); lists without entries are no limit, or nothing known.

    >>> PersonIn.model_validate({"gender": "woman", "created_at": 1.5}).to_person("ada").created_at
    1500000
    """

    id: Id | None = Field(None, description="The id; where the path has it too, the same one.")
    birth_date: Day | None = Field(None, description="YYYY-MM-DD. Unknown is refused unless the service admits it.")
    gender: Label | None = Field(None, description="A label.")
    seeking: list[Label] = Field(
        [], json_schema_extra={"maxItems": MAX_GENDERS_SOUGHT}, description="Genders sought; none is no limit."
    )
    place: Label | None = Field(None, description="A label of where the person is.")
    lat: Latitude | None = Field(None, description="Degrees; together with `lon`.")
    lon: Longitude | None = Field(None, description="Degrees; together with `lat`.")
    interests: list[Label] = Field(
        [], json_schema_extra={"maxItems": MAX_INTERESTS}, description="Labels without repeats."
    )
    bio: Bio | None = Field(None, description="What the person says about themselves.")
    min_age: Age | None = Field(None, description="The youngest age wanted, in years.")
    max_age: Age | None = Field(None, description="The oldest age wanted, in years.")
    max_distance_km: Kilometres | None = Field(None, description="How far away a wanted person may be.")
    created_at: Time | None = Field(None, description="When the account began: ISO 8601 or Unix seconds.")
    last_active_at: Time | None = Field(None, description="When last seen, beside what events tell.")
    active: bool = Field(True, description="False hides the person from all lists, and makes none for them.")

    def to_person(self, person_id: str) -> Person:
        """The domain's person of this id."""
        values = {name: getattr(self, name) for name in PersonIn.model_fields}
        values |= {"id": person_id, "seeking": tuple(self.seeking), "interests": tuple(self.interests)}
        return Person(**values)


class PersonWithId(PersonIn):
    """A person who says their id."""

    id: Id = Field(description="The id: opaque, 1-64 printable characters.")


class PersonOut(PersonWithId):
    """A person as stored; what PUT takes. Times are ISO 8601, UTC."""

    @classmethod
    def of(cls, version: PersonVersion) -> PersonOut:
        """The current version of a person."""
        person = version.person
        values = {name: getattr(person, name) for name in cls.model_fields}
        values |= {"seeking": list(person.seeking), "interests": list(person.interests)}
        return cls.model_construct(**values)


class PeopleIn(Schema):
    """Many people. Each is judged alone, so one that does not fit stops nothing."""

    people: Annotated[
        list[Any],
        Field(min_length=1, max_length=MOST_PEOPLE),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_PEOPLE,
                "items": {"$ref": "#/components/schemas/PersonWithId"},
            }
        ),
    ]


class PersonRefusedOut(Schema):
    """Why one person of a bulk call was not stored."""

    index: int = Field(description="Their place in the call, from 0.")
    reason: str = Field(description="What was wrong or forbidden.")


class StoredOut(Schema):
    """What became of a bulk call."""

    stored: int = Field(description="People who are new or changed.")
    unchanged: int = Field(description="People who were the same already.")
    refused: list[PersonRefusedOut] = Field(description="People who were not stored, each with the reason.")


class EventIn(Schema):
    """What one person did to another."""

    actor: Id = Field(description="Who did it.")
    target: Id = Field(description="To whom.")
    kind: Annotated[str, WithJsonSchema({"type": "string", "enum": list(WRITABLE_KINDS)})] = Field(
        description="What was done; matches follow from mutual likes by themselves."
    )
    at: Time | None = Field(None, description="When: ISO 8601 or Unix seconds; absent is now.")
    id: Id | None = Field(None, description="Your own id of the event: sending it again changes nothing.")


class EventsIn(Schema):
    """Many events, accepted together or not at all."""

    events: list[EventIn] = Field(min_length=1, max_length=MOST_EVENTS)


class ReceivedOut(Schema):
    """What became of events; they are on disk."""

    accepted: int = Field(description="Events that were new.")
    repeated: int = Field(description="Events that had been there.")
    position: int = Field(description="The log's position after them.")


class ItemOut(Schema):
    """One person of a list."""

    person: str = Field(description="Public: their id.", json_schema_extra=PUBLIC)
    score: float = Field(description="Backend only: what orders the list.", json_schema_extra=BACKEND)
    p_viewer_likes: float | None = Field(
        description="Operator only: the probability that the viewer likes them; null for others, and while no ranking "
        "model serves.",
        json_schema_extra=OPERATOR,
    )
    p_candidate_likes: float | None = Field(
        description="Operator only: the probability that they like the viewer (1 when they do); null as the one above.",
        json_schema_extra=OPERATOR,
    )
    sources: list[str] = Field(description="Backend only: the sources that brought them.", json_schema_extra=BACKEND)
    reason: str = Field(description="Public: why they are shown, in words.", json_schema_extra=PUBLIC)
    position: int = Field(description="Public: their place in the list, from 1.", json_schema_extra=PUBLIC)


class AnswerOut(Schema):
    """One list, and how it came about."""

    request_id: str = Field(description="Backend only: names this list in logs.", json_schema_extra=BACKEND)
    person: str = Field(description="Public: the viewer's id.", json_schema_extra=PUBLIC)
    items: list[ItemOut] = Field(description="Public in its public fields: the list.", json_schema_extra=PUBLIC)
    model: str = Field(description="Backend only: the model's version.", json_schema_extra=BACKEND)
    features: str = Field(description="Backend only: the feature version.", json_schema_extra=BACKEND)
    degraded: bool = Field(
        description="Backend only: whether something intended could not be used.", json_schema_extra=BACKEND
    )
    removed: dict[str, int] = Field(
        description="Backend only: how many were left out, per reason.", json_schema_extra=BACKEND
    )
    timings_ms: dict[str, float] = Field(
        description="Backend only: milliseconds per stage; `cache` alone when the list was served again.",
        json_schema_extra=BACKEND,
    )


class MovedOut(Schema):
    """How one feature moved the score."""

    feature: str = Field(description="Operator only: its name.", json_schema_extra=OPERATOR)
    value: float | None = Field(description="Operator only: its value; null is unknown.", json_schema_extra=OPERATOR)
    moved: float = Field(description="Operator only: by how much, in log odds.", json_schema_extra=OPERATOR)


class ExplanationOut(Schema):
    """Why one person is, or is not, recommended to a viewer. All of it is for operators."""

    viewer: str = Field(description="Operator only: who asks.", json_schema_extra=OPERATOR)
    candidate: str = Field(description="Operator only: about whom.", json_schema_extra=OPERATOR)
    eligible: bool = Field(description="Operator only: whether they may be shown.", json_schema_extra=OPERATOR)
    removed: str | None = Field(description="Operator only: why they may not be shown.", json_schema_extra=OPERATOR)
    sources: dict[str, float] = Field(
        description="Operator only: who brought them, with what score of its own.", json_schema_extra=OPERATOR
    )
    position: int | None = Field(description="Operator only: their place in the list.", json_schema_extra=OPERATOR)
    list_length: int = Field(description="Operator only: how long the list is.", json_schema_extra=OPERATOR)
    score: float | None = Field(description="Operator only: what would order them.", json_schema_extra=OPERATOR)
    p_viewer_likes: float | None = Field(
        description="Operator only: the probability that the viewer likes them.", json_schema_extra=OPERATOR
    )
    p_candidate_likes: float | None = Field(
        description="Operator only: the probability that they like the viewer (1 when they do).",
        json_schema_extra=OPERATOR,
    )
    reason: str | None = Field(
        description="Operator only: the words the viewer would read.", json_schema_extra=OPERATOR
    )
    moved: list[MovedOut] = Field(
        description="Operator only: the features, those that moved most first.", json_schema_extra=OPERATOR
    )
    model: str = Field(description="Operator only: the model's version.", json_schema_extra=OPERATOR)
    features: str = Field(description="Operator only: the feature version.", json_schema_extra=OPERATOR)
    degraded: bool = Field(
        description="Operator only: whether something intended could not be used.", json_schema_extra=OPERATOR
    )


Figures = dict[str, float | None]


class ModelOut(Schema):
    """One version of the model."""

    version: str = Field(description="Its name; later versions sort after earlier ones.")
    type: str = Field(description="What it can do: `collaborative` (stage 1 alone) or the name of its ranker.")
    state: Literal["candidate", "champion", "retired"] = Field(description="`champion` is the one that serves.")
    feature_version: str | None = Field(description="The features it was trained on and is served with.")
    created_at: Time = Field(description="When it was trained.")
    as_of: Time = Field(description="The moment up to which it has seen events.")
    log_position: int = Field(description="The last change of the log that it has seen.")
    digest: str = Field(description="SHA-256 of its manifest.")
    metrics: Figures = Field(description="Figures measured at training; null is not measurable.")
    coefficients: Figures = Field(description="The ranker's coefficients on standardised features.")

    @classmethod
    def of(cls, record: ModelRecord) -> ModelOut:
        """A version as the registry knows it."""
        values = {name: getattr(record, name) for name in cls.model_fields}
        values |= {"type": record.type.value, "state": record.state.value}
        values |= {"metrics": _figures(record.metrics), "coefficients": _figures(record.coefficients)}
        return cls.model_construct(**values)


class ModelsOut(Schema):
    """All versions, newest first, and which of them serves."""

    champion: str | None = Field(description="The version that serves; null while nothing is trained.")
    candidate: str | None = Field(description="The version that waits to be promoted.")
    models: list[ModelOut] = Field(description="All versions.")


class HealthOut(Schema):
    """A sign of life."""

    status: Literal["ok", "ready"]


class WrongOut(Schema):
    """One field that does not fit."""

    field: str = Field(description="Its name; `body` is the whole body.")
    expected: str = Field(description="What was expected.")


class ProblemOut(Schema):
    """An error (RFC 9457). It never repeats what was sent."""

    type: str = Field(description="A stable name of the kind of problem.")
    title: str = Field(description="The same for people.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong, what was expected, what to do.")
    errors: list[WrongOut] = Field(description="The fields that do not fit.")


def _figures(values: Mapping[str, float]) -> Figures:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
