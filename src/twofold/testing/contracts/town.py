"""A small town to test components in: people, acts, a query and a first-stage model, all by a seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.changes import EventColumns, PersonVersion
from twofold.domain.event import EventKind
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.person import Person
from twofold.domain.time import LATEST, MICROS_PER_DAY, Micros, day_from_date
from twofold.models.artifact import Artifact
from twofold.models.index import VectorIndex
from twofold.models.kindred import Kindred
from twofold.models.loaded import LoadedModel
from twofold.models.vectors import Vectors, levels_of
from twofold.pipeline.query import Query
from twofold.pipeline.stages import Source
from twofold.population.population import Population

NOW = Micros(day_from_date(date(2026, 6, 15)) * MICROS_PER_DAY + MICROS_PER_DAY // 2)
GENDERS = ("woman", "man", "other")
PLACES = ("north", "south", "harbour")
INTERESTS = ("hiking", "jazz", "chess", "cinema", "cooking", "climbing", "tea")

Mask = NDArray[np.bool_]
Row = tuple[int, int, EventKind, int]


def version_of(key: int, **fields: Any) -> PersonVersion:
    """One person with a key; what is not given is unknown.

    >>> version_of(3, gender="woman").person.id
    'p3'
    """
    person = Person(id=f"p{key}", **fields)
    return PersonVersion(0, key, Micros(0), Micros(0), person, person.birth_date is None)


def log_of(rows: Sequence[Row]) -> EventColumns:
    """Events (actor, target, kind, at), at positions from 1."""
    if not rows:
        return EventColumns.empty()
    actor, target, kind, at = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return EventColumns(np.arange(1, len(rows) + 1), actor, target, kind.astype(np.int8), at)


def population_of(people: Sequence[PersonVersion], rows: Sequence[Row] = ()) -> Population:
    """Everyone, with what they did.

    >>> len(population_of([version_of(0), version_of(1)]).columns)
    2
    """
    return Population(list(people), log_of(rows), len(rows))


def query_of(viewer: int, limit: int = 20, seed: int = 0, exclude: Collection[int] = (), as_of: Micros = NOW) -> Query:
    """A request for one list, with its own seeded chance."""
    return Query(
        request_id=f"request-{seed}",
        viewer=viewer,
        as_of=as_of,
        limit=limit,
        exclude=frozenset(exclude),
        rng=np.random.default_rng(seed),
    )


def reason_of(source: Source, query: Query, key: int) -> str | None:
    """What a source says of one person."""
    return source.reasons(query, np.array([key]))[0]


def random_person(key: int, rng: np.random.Generator) -> PersonVersion:
    """Somebody with some of everything, and anything of it possibly unknown."""

    def perhaps(value: object, share: float = 0.8) -> Any:
        return value if rng.random() < share else None

    known_place = rng.random() < 0.8
    ages = sorted(rng.integers(18, 70, 2).tolist())
    return version_of(
        key,
        birth_date=perhaps(date(1955, 1, 1) + timedelta(days=int(rng.integers(0, 20_000)))),
        gender=perhaps(str(rng.choice(GENDERS))),
        seeking=tuple(str(each) for each in rng.permutation(GENDERS)[: rng.integers(0, 3)]),
        place=perhaps(str(rng.choice(PLACES))),
        lat=float(rng.uniform(45, 47)) if known_place else None,
        lon=float(rng.uniform(7, 9)) if known_place else None,
        interests=tuple(str(each) for each in rng.permutation(INTERESTS)[: rng.integers(0, 5)]),
        bio=perhaps("hello"),
        min_age=perhaps(ages[0], 0.5),
        max_age=perhaps(ages[1], 0.5),
        max_distance_km=perhaps(float(rng.uniform(20, 200)), 0.5),
        created_at=Micros(NOW - int(rng.integers(0, 400)) * MICROS_PER_DAY),
        active=bool(rng.random() < 0.9),
    )


def random_rows(people: int, events: int, rng: np.random.Generator) -> list[Row]:
    """Acts of any kind between any two, over the year before `NOW`."""
    actor, other = rng.integers(0, people, events), rng.integers(1, people, events)
    kinds = rng.choice(np.array(list(EventKind)), events, p=_KIND_SHARES)
    at = np.sort(NOW - rng.integers(1, 365 * MICROS_PER_DAY, events))
    target = (actor + other) % people
    columns = (actor.tolist(), target.tolist(), kinds.tolist(), at.tolist())
    return [(a, b, EventKind(kind), moment) for a, b, kind, moment in zip(*columns, strict=True)]


_KIND_SHARES = np.array([30, 5, 20, 15, 10, 5, 3, 2, 4, 3, 3]) / 100


@cache
def crowd() -> Population:
    """Sixty people who did a lot; made once, so look and do not touch."""
    return random_town(people=60, events=900)


@cache
def crowd_model() -> LoadedModel:
    """A first stage that has seen all the crowd did."""
    return model_of(crowd())


def random_town(people: int, events: int, seed: int = 0) -> Population:
    """People who differ in everything, and what they did to each other."""
    rng = np.random.default_rng(seed)
    return population_of([random_person(key, rng) for key in range(people)], random_rows(people, events, rng))


def open_town(people: int, likes: Mapping[int, Sequence[int]] | None = None) -> Population:
    """People without limits of whom nothing excludes anybody, but for the likes given."""
    rows = [(actor, target, EventKind.LIKE, 1) for actor, liked in (likes or {}).items() for target in liked]
    versions = [
        version_of(
            key,
            birth_date=date(1990 + key % 12, 1, 1),
            place=PLACES[key % 3],
            interests=(INTERESTS[key % 7], INTERESTS[(key + 1) % 7]),
        )
        for key in range(people)
    ]
    return population_of(versions, rows)


def likes_matrix(population: Population) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(n, n) 1 where the row's person likes the column's."""
    people = _people(population)
    matrix = np.zeros((people, people))
    likes = population.given.latest(np.arange(people), AsOf.at(LATEST))
    matrix[likes.row[likes.positive], likes.other[likes.positive]] = 1
    return matrix


def model_of(population: Population, dimensions: int = 4) -> LoadedModel:
    """A first-stage model: the best approximation of the likes in so many dimensions (truncated SVD)."""
    matrix = likes_matrix(population)
    left, strength, right = np.linalg.svd(matrix)
    root = np.sqrt(strength[:dimensions])
    viewers, candidates = left[:, :dimensions] * root, right[:dimensions].T * root
    known = np.asarray(matrix.any(axis=1)), np.asarray(matrix.any(axis=0))
    return _loaded(population, viewers.astype(np.float32), candidates.astype(np.float32), *known)


def random_model(population: Population, dimensions: int = 4, seed: int = 0) -> LoadedModel:
    """A first-stage model that knows nothing: everyone has vectors, by chance."""
    shape = (_people(population), dimensions)
    viewers, candidates = np.random.default_rng(seed).standard_normal((2, *shape), np.float32)
    everyone = np.ones(len(viewers), bool)
    return _loaded(population, viewers, candidates, everyone, everyone)


def _people(population: Population) -> int:
    """One more than the largest key; columns have room for more."""
    return int(population.columns.everyone().max(initial=-1)) + 1


def _loaded(
    population: Population, viewers: Floats, candidates: Floats, has_viewer: Mask, has_candidate: Mask
) -> LoadedModel:
    """A model of these vectors that has seen all the population did."""
    levels = levels_of(viewers[has_viewer], candidates[has_candidate], np.random.default_rng(0))
    vectors = Vectors(
        viewers,
        candidates,
        has_viewer,
        has_candidate,
        regularization=0.1,
        as_of=NOW,
        position=population.position,
        levels=levels,
    )
    record = ModelRecord(
        version="m0001",
        type=ModelType.COLLABORATIVE,
        artifact="m0001",
        digest="",
        created_at=NOW,
        log_position=population.position,
        as_of=NOW,
    )
    taste = VectorIndex(vectors.candidates, vectors.has_candidate)
    people = Kindred.build(vectors.viewers, vectors.has_viewer)
    return LoadedModel(record, vectors, taste, people, Artifact({}, {}))


def others(population: Population, viewer: int) -> Keys:
    """Everyone but the viewer, sorted."""
    everyone = population.columns.everyone()
    return np.asarray(everyone[everyone != viewer])
