"""What people do to those they come across: kinds and times of events, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_DAY
from twofold.simulation.residents import Bools, Doubles, Ints, Residents
from twofold.simulation.world.land import Land
from twofold.simulation.world.meetings import Meetings
from twofold.simulation.world.shape import NOW, Shape

DAYS = 365
ACTIVITY, MOST_DECISIONS = 0.9, 400  # sigma of the lognormal of decisions per person, and the most of one person
POPULARITY = 1.0  # sigma of the lognormal of how often somebody comes up
TASTES = 8  # dimensions of what people like and are like
LIKE, WORTH_OF_POPULARITY, WORTH_OF_TASTE = -0.6, 0.6, 0.5  # of the log odds of a like
ANSWERED = 0.3  # of those who were liked decide on who liked them
BLOCKED = 0.004  # of those who were not liked are blocked as well
SUPER_LIKE, DISLIKE = 0.05, 0.65  # of likes; of the others (the rest are passes)
AT_ONCE = 2_000_000

Kinds = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Deeds:
    """Events as equally long columns (m,), by time: places of people, `EventKind` numbers, Micros."""

    actor: Ints
    target: Ints
    kind: Kinds
    at: Ints

    def __len__(self) -> int:
        return len(self.actor)

    def take(self, rows: Ints | Bools) -> Deeds:
        """The rows of an index or mask."""
        return Deeds(self.actor[rows], self.target[rows], self.kind[rows], self.at[rows])

    @classmethod
    def joined(cls, *parts: Deeds) -> Deeds:
        """All parts, one after the other."""
        return cls(
            np.concatenate([part.actor for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.kind for part in parts]),
            np.concatenate([part.at for part in parts]),
        )


class Taste:
    """The truth about who likes whom: log odds from the target's appeal and how two hidden vectors fit."""

    def __init__(self, people: int, flat: bool, rng: np.random.Generator) -> None:
        self.appeal: Doubles = np.zeros(people) if flat else rng.normal(0, 1, people)
        self._wants = rng.normal(0, 1, (people, TASTES)).astype(np.float32)
        self._is = rng.normal(0, 1, (people, TASTES)).astype(np.float32)

    @property
    def exposure(self) -> Doubles:
        """(n,) how often somebody comes up: heavy-tailed, or 1 in a flat world."""
        return np.exp(POPULARITY * self.appeal)

    def likes(self, actor: Ints, target: Ints, rng: np.random.Generator) -> Bools:
        """(m,) whether the actor likes the target."""
        chosen = np.empty(len(actor), bool)
        for start in range(0, len(actor), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            fit = np.einsum("ij,ij->i", self._wants[actor[rows]], self._is[target[rows]])
            odds = LIKE + WORTH_OF_POPULARITY * self.appeal[target[rows]] + WORTH_OF_TASTE * fit
            chosen[rows] = rng.random(len(fit)) < 1 / (1 + np.exp(-odds))
        return chosen


def draw_deeds(shape: Shape, residents: Residents, land: Land, rng: np.random.Generator) -> Deeds:
    """Everything that happened in the year before `NOW`: about ``shape.events`` per person.

    Nobody decides on the same person twice.
    """
    taste = Taste(shape.people, shape.flat, rng)
    meetings = Meetings(residents, land, taste.exposure)
    actor, target = meetings.draw(_wanted(shape, rng), rng)
    first = _decided(residents, taste, (actor, target), _begins(residents, actor, target), rng)
    deeds = Deeds.joined(first, _answers(residents, taste, first, rng))
    deeds = Deeds.joined(deeds, _blocks(residents, deeds, rng))
    return deeds.take(np.argsort(deeds.at, kind="stable"))


def _wanted(shape: Shape, rng: np.random.Generator) -> Ints:
    """(n,) decisions per person, heavy-tailed.

    Answers and blocks come on top, a tenth; of these decisions some have nobody left to be about, more in a small world
    (24 events each of 10,000 people, 28 of a million).
    """
    activity = np.exp(rng.normal(0, ACTIVITY, shape.people))
    wanted = activity * (shape.events * 0.94 / activity.mean())
    return np.asarray(np.minimum(rng.poisson(wanted), min(MOST_DECISIONS, shape.people // 4)), np.int64)


def _begins(residents: Residents, actor: Ints, target: Ints) -> Ints:
    """(m,) the moment from which both are there, at most a year ago."""
    there = np.maximum(residents.created[actor], residents.created[target])
    return np.asarray(np.maximum(there, NOW - DAYS * MICROS_PER_DAY))


def _decided(
    residents: Residents, taste: Taste, pairs: tuple[Ints, Ints], since: Ints, rng: np.random.Generator
) -> Deeds:
    """One decision per pair, at a moment between ``since`` and when the first of the two left."""
    actor, target = pairs
    likes = taste.likes(actor, target, rng)
    draw = rng.random(len(actor), np.float32)
    yes = np.where(draw < SUPER_LIKE, EventKind.SUPER_LIKE, EventKind.LIKE)
    no = np.where(draw < DISLIKE, EventKind.DISLIKE, EventKind.PASS)
    kind = np.where(likes, yes, no).astype(np.int8)
    return Deeds(actor, target, kind, _moments(residents, actor, target, since, rng))


def _moments(residents: Residents, actor: Ints, target: Ints, since: Ints, rng: np.random.Generator) -> Ints:
    """(m,) moments after ``since`` and before either is gone; just after it where that leaves no time."""
    until = np.minimum(residents.end[actor], residents.end[target]) - 1
    room = np.maximum(until - since, 1)
    return np.asarray(since + (rng.random(len(actor)) * room).astype(np.int64))


def _answers(residents: Residents, taste: Taste, first: Deeds, rng: np.random.Generator) -> Deeds:
    """Some who were liked decide on who liked them, unless they have done so."""
    people = len(residents)
    chosen = np.flatnonzero((first.kind <= EventKind.SUPER_LIKE) & (rng.random(len(first), np.float32) < ANSWERED))
    back = first.target[chosen] * people + first.actor[chosen]
    codes = first.actor * people + first.target  # sorted: meetings come in this order
    place = np.minimum(np.searchsorted(codes, back), len(codes) - 1)
    chosen = chosen[codes[place] != back]
    pairs = first.target[chosen], first.actor[chosen]
    return _decided(residents, taste, pairs, first.at[chosen], rng)


def _blocks(residents: Residents, deeds: Deeds, rng: np.random.Generator) -> Deeds:
    """A few of those who were not liked are blocked as well."""
    no = deeds.kind > EventKind.SUPER_LIKE
    some = deeds.take(np.flatnonzero(no & (rng.random(len(deeds), np.float32) < BLOCKED)))
    at = _moments(residents, some.actor, some.target, some.at, rng)
    return Deeds(some.actor, some.target, np.full(len(some), EventKind.BLOCK, np.int8), at)
