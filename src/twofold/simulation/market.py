"""Who could suit whom: limits of both sides, and a way to draw somebody from those within the viewer's."""

from __future__ import annotations

import numpy as np

from twofold.simulation.residents import KM_PER_DEGREE, SOUTH, Bools, Doubles, Ints, Residents
from twofold.simulation.words import GENDERS

EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG
AGES = 128
TRAVEL_KM = 40.0  # people of a place so far away come up 1/e as often as those of the own


class Market:
    """Draws candidates and judges pairs, for many viewers at once.

    People are sorted by place, gender and age, so that "these years of this gender in this place" is one span; within a
    span somebody comes up as often as their ``exposure`` says, which is what makes popularity heavy-tailed.
    """

    def __init__(self, residents: Residents, exposure: Doubles) -> None:
        self._residents = residents
        self._nearness = _flat(_gravity(residents))
        numbers = np.bincount(residents.gender, minlength=len(GENDERS))
        self._genders = _flat((residents.seeking * numbers).astype(np.float64))
        cell = (residents.place * len(GENDERS) + residents.gender) * AGES + residents.age
        self._sorted = np.argsort(cell, kind="stable")
        cells = len(residents.centres) * len(GENDERS) * AGES
        self._first = np.searchsorted(cell[self._sorted], np.arange(cells + 1))
        self._weights = np.concatenate([[0.0], np.cumsum(exposure[self._sorted])])
        lat, lon = np.radians(residents.lat), np.radians(residents.lon)
        self._unit = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        # A distance on the sphere as the square of the chord below it; everybody is within 3, wide of the 4 possible.
        angle = np.nan_to_num(residents.max_distance / EARTH_RADIUS_KM, nan=2.0)
        self._reach = (2 * np.sin(angle / 2)) ** 2

    def propose(self, viewers: Ints, rng: np.random.Generator) -> Ints:
        """(m,) for each viewer one person of a gender and age they seek, mostly from near by; -1 where nobody is."""
        place = _pick(self._nearness, self._residents.place[viewers], len(self._residents.centres), rng)
        gender = _pick(self._genders, viewers, len(GENDERS), rng)
        cell = (place * len(GENDERS) + gender) * AGES
        low = self._first[cell + self._residents.min_age[viewers]]
        high = self._first[cell + self._residents.max_age[viewers] + 1]
        before, after = self._weights[low], self._weights[high]
        drawn = np.searchsorted(self._weights, before + rng.random(len(viewers)) * (after - before), side="right") - 1
        return np.where(high > low, self._sorted[np.clip(drawn, low, np.maximum(high - 1, 0))], -1)

    def suits(self, viewers: Ints, candidates: Ints) -> Bools:
        """(m,) whether the pair is within the limits of both: genders, ages (as of now) and distance."""
        return self._wants(viewers, candidates) & self._wants(candidates, viewers) & self._near(viewers, candidates)

    def _wants(self, viewers: Ints, candidates: Ints) -> Bools:
        people, age = self._residents, self._residents.age[candidates]
        sought = people.seeking[viewers, people.gender[candidates]]
        return np.asarray(sought & (people.min_age[viewers] <= age) & (age <= people.max_age[viewers]))

    def _near(self, viewers: Ints, candidates: Ints) -> Bools:
        chord = ((self._unit[viewers] - self._unit[candidates]) ** 2).sum(axis=1)
        return np.asarray(chord <= np.minimum(self._reach[viewers], self._reach[candidates]))


def _gravity(residents: Residents) -> Doubles:
    """(places, places) how often people of one place meet those of another: its size, less with the distance."""
    lat, lon = residents.centres.T
    north = (lat[:, None] - lat) * KM_PER_DEGREE
    east = (lon[:, None] - lon) * KM_PER_DEGREE * np.cos(np.radians(SOUTH))
    size = np.bincount(residents.place, minlength=len(lat))
    return np.asarray(np.exp(-np.hypot(north, east) / TRAVEL_KM) * size)


def _flat(weights: Doubles) -> Doubles:
    """Rows of weights as one ascending column: row i, summed up, lies between i and i + 1."""
    totals = np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    summed = np.minimum(np.cumsum(weights / totals, axis=1), 1.0)
    return np.asarray((summed + np.arange(len(weights))[:, None]).ravel())


def _pick(flat: Doubles, rows: Ints, width: int, rng: np.random.Generator) -> Ints:
    """(m,) one column for each row, by weight."""
    chosen = np.searchsorted(flat, rows + rng.random(len(rows)), side="right") - rows * width
    return np.asarray(np.clip(chosen, 0, width - 1), np.int64)
