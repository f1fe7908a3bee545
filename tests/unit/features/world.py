"""Generated worlds, their events late, repeated and simultaneous; and the nine features by plain Python."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from twofold.domain.changes import EventBatch
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros, years_between
from twofold.models.vectors import Vectors
from twofold.storage.memory import MemoryStore

PEOPLE = 4
START_DAY = 20_500  # early 2026
NOW = Micros((START_DAY + 45) * MICROS_PER_DAY)
KINDS = [kind for kind in EventKind if kind is not EventKind.MATCH]

# Few days and few moments in each, so that days follow each other, and moments meet and touch midnight.
MOMENTS = st.builds(
    lambda day, micro: Micros((START_DAY + day) * MICROS_PER_DAY + micro),
    st.one_of(st.integers(0, 3), st.integers(0, 45)),
    st.sampled_from([0, 1, MICROS_PER_DAY // 2, MICROS_PER_DAY - 1]),
)


@dataclass(frozen=True)
class Act:
    """One event; ``at`` says nothing about when it arrives."""

    actor: int
    target: int
    kind: EventKind
    at: Micros


ACTS = st.builds(
    lambda actor, other, kind, at: Act(actor, (actor + other) % PEOPLE, kind, at),
    st.integers(0, PEOPLE - 1),
    st.integers(1, PEOPLE - 1),
    st.sampled_from(KINDS),
    MOMENTS,
)
PERSONS = st.builds(
    lambda birth, created, interests: (birth, created, tuple(interests)),
    st.none() | st.dates(date(1960, 1, 1), date(2007, 1, 1)),
    st.none() | MOMENTS,
    st.lists(st.sampled_from(["tea", "chess", "rowing"]), unique=True),
)
Profile = tuple[date | None, Micros | None, tuple[str, ...]]


def fill(store: MemoryStore, profiles: list[Profile], at: Micros = NOW) -> None:
    """Put everyone in; keys are 0, 1, 2 ..."""
    people = [
        (Person(id=f"p{number}", birth_date=birth, created_at=created, interests=interests), True)
        for number, (birth, created, interests) in enumerate(profiles)
    ]
    store.put_people(people, at)


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


def acts_in(store: MemoryStore) -> list[Act]:
    """All events, derived matches too."""
    return [
        Act(actor, target, EventKind(kind), Micros(at))
        for chunk in store.events()
        for actor, target, kind, at in zip(
            chunk.actor.tolist(), chunk.target.tolist(), chunk.kind.tolist(), chunk.at.tolist(), strict=True
        )
    ]


def by_hand(key: int, t: Micros, profile: Profile, acts: list[Act], vectors: Vectors, known_at: Micros) -> list[float]:
    """The nine features of version v1 of one person at one moment, without a single array."""
    birth, created, interests = profile
    today = t // MICROS_PER_DAY
    mine = [act for act in acts if act.actor == key and act.at < t]
    decisions = [act for act in mine if act.kind in DECISIONS]
    positives = [act for act in decisions if act.kind in POSITIVES]
    days = {act.at // MICROS_PER_DAY for act in mine}
    day = today if today in days else today - 1
    streak = 0
    while day - streak in days:
        streak += 1
    row = [float(x) for x in vectors.candidates[key]] if vectors.has_candidate[key] else []
    largest = max((abs(x) for x in row), default=0.0)
    on = date(1970, 1, 1) + timedelta(days=today)
    return [
        math.nan if birth is None else years_between(birth, on),
        max(0, today - (known_at if created is None else created) // MICROS_PER_DAY),
        len(interests),
        len(decisions),
        len(positives) / len(decisions) if decisions else 0.0,
        sum(today - 29 <= act.at // MICROS_PER_DAY for act in mine),
        streak,
        math.hypot(*row),
        sum(abs(x) < 0.01 * largest for x in row) / len(row) if largest else 1.0,
    ]
