"""Who lives in the world, as columns: every attribute drawn by itself from a stated distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.time import MICROS_PER_DAY
from twofold.simulation.residents import (
    GENDER_SHARES,
    YOUNGEST,
    Doubles,
    Ints,
    Residents,
    births,
    sought,
)
from twofold.simulation.words import GENDERS, INTERESTS, PER_SCENE, SCENES
from twofold.simulation.world.land import Land
from twofold.simulation.world.shape import NOW, Shape

# Of those who limit the distance; 50 km is what figures of this benchmark are stated for.
DISTANCES_KM, DISTANCE_SHARES = (20.0, 30.0, 50.0), (0.15, 0.20, 0.65)
WITHOUT_AGES = 0.05  # say nothing about ages
GONE = 0.02  # left within the last month
LEFT_DAYS = 30
YOUNGEST_ACCOUNT, OLDEST_ACCOUNT = 60, 1_095  # days
MOST_INTERESTS = 8
AT_ONCE = 50_000  # people whose interests are drawn at once: 60 draws each


def draw_inhabitants(shape: Shape, land: Land, rng: np.random.Generator) -> Residents:
    """Draw everybody.

    Marginals: gender 47 % woman, 50 % man, 3 % nonbinary; age 18 + gamma(1.8, 7 years), at most 75; places by Zipf;
    accounts begun over three years, more of them lately; 2 % left (not active) within the last month.
    """
    people = shape.people
    birth_day, age = births(people, NOW, rng)
    gender = rng.choice(len(GENDERS), people, p=GENDER_SHARES)
    place, lat, lon = land.settle(people, rng)
    scene = rng.integers(SCENES, size=people)
    min_age, max_age = _wanted_ages(age, rng)
    days = YOUNGEST_ACCOUNT + (OLDEST_ACCOUNT - YOUNGEST_ACCOUNT) * rng.random(people) ** 1.3
    active = rng.random(people) >= GONE
    left = NOW - (rng.random(people) * LEFT_DAYS * MICROS_PER_DAY).astype(np.int64)
    return Residents(
        birth_day=birth_day,
        age=age,
        gender=gender,
        seeking=sought(gender, rng),
        place=place,
        lat=lat,
        lon=lon,
        scene=scene,
        interests=_interests(scene, rng),
        min_age=min_age,
        max_age=max_age,
        max_distance=_distances(people, shape.unlimited, rng),
        created=NOW - (days * MICROS_PER_DAY).astype(np.int64),
        end=np.where(active, NOW, left),
        active=active,
        centres=land.centres,
    )


def _wanted_ages(age: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Wanted ages around the own, wider with age; 0 and 127 of those who say nothing."""
    room = np.maximum(4, (age - 16) * 0.3)
    low = np.maximum(YOUNGEST, age - np.ceil(room * rng.uniform(0.7, 2.0, len(age))).astype(np.int64))
    high = np.minimum(99, age + np.ceil(room * rng.uniform(0.7, 2.0, len(age))).astype(np.int64))
    silent = rng.random(len(age)) < WITHOUT_AGES
    return np.where(silent, 0, low), np.where(silent, 127, high)


def _distances(people: int, unlimited: float, rng: np.random.Generator) -> Doubles:
    """(n,) km; NaN without a limit, exactly the share asked for."""
    limits = rng.choice(DISTANCES_KM, people, p=DISTANCE_SHARES)
    limits[rng.permutation(people)[: round(people * unlimited)]] = np.nan
    return limits


def _interests(scene: Ints, rng: np.random.Generator) -> NDArray[np.uint64]:
    """Bit sets of 1 to 8 interests, those of the own scene twenty times as likely as others (Gumbel's trick)."""
    count = np.clip(1 + rng.poisson(3.0, len(scene)), 1, MOST_INTERESTS)
    bits = np.empty(len(scene), np.uint64)
    for start in range(0, len(scene), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        own = np.arange(len(INTERESTS)) // PER_SCENE == scene[rows, None]
        draws = rng.random(own.shape, np.float32)
        keys = np.where(own, np.float32(np.log(20)), np.float32(0)) - np.log(-np.log(np.maximum(draws, 1e-7)))
        best = np.argsort(-keys, axis=1)[:, :MOST_INTERESTS]
        mine = np.uint64(1) << best.astype(np.uint64)
        mine[np.arange(MOST_INTERESTS) >= count[rows, None]] = 0
        bits[rows] = np.bitwise_or.reduce(mine, axis=1)
    return bits
