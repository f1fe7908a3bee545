"""Generated worlds: people who change, and events that come late, again and at the same time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.changes import EventBatch, EventColumns
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.brought import Brought
from twofold.features.service import FeatureService
from twofold.models.habits import Habits
from twofold.models.lore import Lore
from twofold.models.rarity import Rarity
from twofold.models.vectors import LEVELS, Vectors
from twofold.population.population import Population
from twofold.storage.memory import MemoryStore

PEOPLE = 5
START_DAY = 20_500  # early 2026
NOW = Micros((START_DAY + 45) * MICROS_PER_DAY)
KINDS = [kind for kind in EventKind if kind is not EventKind.MATCH]
DIMENSIONS = 3

# Every pair of two people.
VIEWERS, CANDIDATES = np.array([(one, other) for one in range(PEOPLE) for other in range(PEOPLE) if one != other]).T

# Few days and few moments in each, so that days follow each other, and moments meet and touch midnight; some so far
# apart that likes have faded.
MOMENTS = st.builds(
    lambda day, micro: Micros((START_DAY + day) * MICROS_PER_DAY + micro),
    st.one_of(st.integers(0, 3), st.integers(0, 45), st.sampled_from([270, 273, 315])),
    st.sampled_from([0, 1, MICROS_PER_DAY // 2, MICROS_PER_DAY - 1]),
)


@dataclass(frozen=True)
class Act:
    """One event; ``at`` says nothing about when it arrives."""

    actor: int
    target: int
    kind: EventKind
    at: Micros


@dataclass(frozen=True)
class Change:
    """Somebody's profile from a moment on; it may arrive at any time too."""

    key: int
    person: Person
    at: Micros


Step = Act | Change

ACTS = st.builds(
    lambda actor, other, kind, at: Act(actor, (actor + other) % PEOPLE, kind, at),
    st.integers(0, PEOPLE - 1),
    st.integers(1, PEOPLE - 1),
    st.sampled_from([*KINDS, EventKind.LIKE, EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.DISLIKE]),
    MOMENTS,
)
PLACES = st.sampled_from([None, (48.8566, 2.3522), (51.5074, -0.1278), (0.0, 179.5), (0.0, -179.5)])
PERSONS = st.builds(
    lambda position, **fields: Person(id="?", lat=position and position[0], lon=position and position[1], **fields),
    position=PLACES,
    birth_date=st.none() | st.dates(date(1960, 1, 1), date(2007, 1, 1)) | st.just(date(2000, 2, 29)),
    created_at=st.none() | MOMENTS,
    interests=st.lists(st.sampled_from(["tea", "chess", "rowing", "jazz"]), unique=True).map(tuple),
    place=st.sampled_from([None, "north", "south"]),
    bio=st.sampled_from([None, " ", "I row."]),
    gender=st.sampled_from([None, "woman", "man"]),
    last_active_at=st.none() | MOMENTS,
)
CHANGES = st.builds(Change, st.integers(0, PEOPLE - 1), PERSONS, MOMENTS)
STEPS = st.one_of(ACTS, ACTS, ACTS, CHANGES)
PROFILES = st.lists(PERSONS, min_size=PEOPLE, max_size=PEOPLE)
LOGS = st.lists(STEPS, max_size=30)


def fill(store: MemoryStore, people: list[Person], at: Micros = NOW) -> None:
    """Put everyone in; keys are 0, 1, 2 ..."""
    store.put_people([(replace(person, id=f"p{key}"), True) for key, person in enumerate(people)], at)


def write(store: MemoryStore, *steps: Step) -> None:
    """Write one after the other."""
    for step in steps:
        if isinstance(step, Act):
            append(store, step)
        else:
            store.put_people([(replace(step.person, id=f"p{step.key}"), True)], NOW, step.at)


def append(store: MemoryStore, *acts: Act) -> None:
    """Append in this order."""
    store.append_events(
        EventBatch(
            [act.actor for act in acts],
            [act.target for act in acts],
            [int(act.kind) for act in acts],
            [act.at for act in acts],
            [None] * len(acts),
        ),
        NOW,
    )


# One interest was never counted, and neither was what some genders think of some.
LORE = Lore(
    Rarity({"tea": 0.5, "chess": 1.25, "rowing": 3.0}),
    Habits(
        groups={"woman": -0.5, "": 0.25},
        likers={"woman": {"tea": 0.75, "chess": -0.25}, "": {"jazz": 0.5}},
        liked={"man": {"tea": -1.0, "jazz": 0.5}, "woman": {"rowing": 0.125}},
    ),
)


@dataclass(frozen=True)
class Model:
    """What features need of a model."""

    vectors: Vectors | None
    lore: Lore

    def service(self, population: Population, discreet: bool = False) -> FeatureService:
        """Features of a population by this model."""
        return FeatureService(population, self.vectors, discreet=discreet, lore=self.lore)


def model_of(seed: int, as_of: int, position: int) -> Model:
    """By chance: one person has no vector as viewer, another none as candidate."""
    rng = np.random.default_rng(seed)
    viewers, candidates = rng.standard_normal((2, PEOPLE, DIMENSIONS)).astype(np.float32)
    viewer, candidate = np.ones(PEOPLE, bool), np.ones(PEOPLE, bool)
    viewer[rng.integers(PEOPLE)] = candidate[rng.integers(PEOPLE)] = False
    levels = np.linspace(-4, 4, LEVELS) + rng.uniform(0, 0.05, LEVELS)
    vectors = Vectors(
        viewers, candidates, viewer, candidate, 2.0, 5.0, as_of, position, np.sort(levels).astype(np.float32)
    )
    return Model(vectors, LORE)


# The log position of a fit is so many changes after people were put in.
FITS = st.tuples(st.integers(0, 2**32), MOMENTS, st.integers(0, 12))
NO_MODEL = Model(None, Lore())


def model_after(fit: tuple[int, int, int], head: int | None = None) -> Model:
    """A model fitted so many changes after everybody came; not later than a position, if one is given."""
    seed, as_of, changes = fit
    return model_of(seed, as_of, PEOPLE + changes if head is None else min(PEOPLE + changes, head))


# What compares people with everybody looks from one moment; rows of several are asked for one moment at a time.
ONE_MOMENT = {"r1"}


def ask(
    service: FeatureService, as_of: AsOf, version: str, brought: Brought | None = None, pairs: slice = slice(None)
) -> Floats:
    """(as_of x pairs, features) of every pair as of each moment, in one call if possible."""
    viewers, candidates = VIEWERS[pairs], CANDIDATES[pairs]
    if version in ONE_MOMENT:
        each = [as_of.take(slice(place, place + 1)) for place in range(len(as_of))]
        return np.concatenate([service.values(viewers, candidates, one, version, brought) for one in each])
    rows = np.repeat(np.arange(len(as_of)), len(viewers))
    return service.values(
        np.tile(viewers, len(as_of)), np.tile(candidates, len(as_of)), as_of.take(rows), version, brought
    )


def followed(store: MemoryStore) -> Population:
    """A population that has followed the log from its beginning."""
    live = Population([], EventColumns.empty(), 0)
    live.apply(store.changes_after(0))
    return live
