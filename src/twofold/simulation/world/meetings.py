"""Who comes across whom: mostly people near by who are within each other's limits."""

from __future__ import annotations

import numpy as np

from twofold.simulation.residents import Bools, Doubles, Ints, Residents
from twofold.simulation.words import GENDERS
from twofold.simulation.world.land import Land

EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG
AGES = 128
AT_ONCE = 1_000_000  # proposals: some 100 MB of columns
ROUNDS = 3  # of making up for those who turned out not to suit, or had been met
TRIES = 2.2  # proposals per meeting that is still missing: six in ten suit
STRAY = 0.06  # of those who do not suit come up all the same: limits change, and lists were longer once


class Meetings:
    """Draws pairs of people, many at once.

    People are sorted by place, gender and age, so that "these years of this gender in this place" is one span; within a
    span somebody comes up as often as their ``exposure`` (n,) says, which makes popularity heavy-tailed, or flat.
    """

    def __init__(self, residents: Residents, land: Land, exposure: Doubles) -> None:
        self._people = residents
        self._nearness = _stacked(land.nearness())
        numbers = np.bincount(residents.gender, minlength=len(GENDERS))
        self._genders = _stacked((residents.seeking * numbers).astype(np.float64))
        cell = (residents.place * len(GENDERS) + residents.gender) * AGES + residents.age
        self._sorted = np.argsort(cell, kind="stable")
        self._first = np.searchsorted(cell[self._sorted], np.arange(len(land) * len(GENDERS) * AGES + 1))
        self._weights = np.concatenate([[0.0], np.cumsum(exposure[self._sorted])])
        self._lat, self._lon = np.radians(residents.lat), np.radians(residents.lon)
        self._reach = np.nan_to_num(residents.max_distance, nan=np.inf)

    def draw(self, wanted: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Pairs (actor, target), nobody meets the same person twice; (n,) so many per actor, or a few less.

        Fewer come out where there are not that many people around.
        """
        people = len(self._people)
        met = np.empty(0, np.int64)
        for _ in range(ROUNDS):
            missing = np.maximum(wanted - np.bincount(met // people, minlength=people), 0)
            actors = np.repeat(np.arange(people), np.ceil(missing * TRIES).astype(np.int64))
            parts = [self._round(actors[at : at + AT_ONCE], rng) for at in range(0, len(actors), AT_ONCE)]
            met = _first_of_each(np.concatenate([met, *parts]), wanted, people, rng)
        return met // people, met % people

    def suits(self, one: Ints, other: Ints) -> Bools:
        """(m,) whether the pair is within the limits of both: genders, ages (as of now) and distance."""
        return self._wants(one, other) & self._wants(other, one) & self._near(one, other)

    def _round(self, actors: Ints, rng: np.random.Generator) -> Ints:
        targets = self._propose(actors, rng)
        some = (targets >= 0) & (targets != actors)
        actors, targets = actors[some], targets[some]
        kept = self.suits(actors, targets) | (rng.random(len(actors)) < STRAY)
        return np.asarray(actors[kept] * len(self._people) + targets[kept])

    def _propose(self, actors: Ints, rng: np.random.Generator) -> Ints:
        """(m,) for each actor one person of a gender and age they seek; -1 where nobody is."""
        places = _pick(self._nearness, self._people.place[actors], len(self._people.centres), rng)
        genders = _pick(self._genders, actors, len(GENDERS), rng)
        cell = (places * len(GENDERS) + genders) * AGES
        low = self._first[cell + self._people.min_age[actors]]
        high = self._first[cell + self._people.max_age[actors] + 1]
        before, after = self._weights[low], self._weights[high]
        drawn = np.searchsorted(self._weights, before + rng.random(len(actors)) * (after - before), side="right") - 1
        return np.where(high > low, self._sorted[np.clip(drawn, low, np.maximum(high - 1, 0))], -1)

    def _wants(self, one: Ints, other: Ints) -> Bools:
        people, age = self._people, self._people.age[other]
        sought = people.seeking[one, people.gender[other]]
        return np.asarray(sought & (people.min_age[one] <= age) & (age <= people.max_age[one]))

    def _near(self, one: Ints, other: Ints) -> Bools:
        """Great-circle distance within both people's limits; near by, the plain is as good as the sphere."""
        north = self._lat[one] - self._lat[other]
        east = (self._lon[one] - self._lon[other]) * np.cos((self._lat[one] + self._lat[other]) / 2)
        return np.asarray(np.hypot(north, east) * EARTH_RADIUS_KM <= np.minimum(self._reach[one], self._reach[other]))


def _first_of_each(codes: Ints, wanted: Ints, people: int, rng: np.random.Generator) -> Ints:
    """Sorted, without repeats; of actors who met more than they wanted, as many as they wanted, chosen by chance."""
    codes.sort()  # np.unique hashes: three times as long
    codes = codes[np.diff(codes, prepend=-1) > 0]
    actors = codes // people
    starts = np.searchsorted(actors, np.arange(people))
    counts = np.diff(np.append(starts, len(codes)))
    if (counts <= wanted).all():
        return codes
    kept = rng.random(len(codes)) * counts[actors] < wanted[actors]
    return np.asarray(codes[kept])


def _stacked(weights: Doubles) -> Doubles:
    """Rows of weights as one ascending column: row i, summed up, lies between i and i + 1."""
    totals = np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    summed = np.minimum(np.cumsum(weights / totals, axis=1), 1.0)
    return np.asarray((summed + np.arange(len(weights))[:, None]).ravel())


def _pick(stacked: Doubles, rows: Ints, width: int, rng: np.random.Generator) -> Ints:
    """(m,) one column for each row, by weight."""
    chosen = np.searchsorted(stacked, rows + rng.random(len(rows)), side="right") - rows * width
    return np.asarray(np.clip(chosen, 0, width - 1), np.int64)
