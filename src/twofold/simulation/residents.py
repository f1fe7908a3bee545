"""Who lives in the town, as columns: every attribute drawn by itself from a stated distribution; nobody is copied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from twofold.domain.time import EPOCH, MICROS_PER_DAY, Micros, datetime_from_micros
from twofold.simulation.words import GENDERS, INTERESTS, PER_SCENE, PLACES, SCENES

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

WOMAN, MAN, NONBINARY = range(len(GENDERS))
GENDER_SHARES = (0.47, 0.50, 0.03)
# Sets of genders sought (woman, man, nonbinary) and how many of each gender seek them. The last set is "no limit".
SOUGHT = np.array([[0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]], bool)
SOUGHT_SHARES = (
    (0.80, 0.06, 0.05, 0.03, 0.01, 0.05),
    (0.05, 0.83, 0.03, 0.01, 0.03, 0.05),
    (0.10, 0.10, 0.10, 0.10, 0.10, 0.50),
)

DISTANCES_KM = (np.nan, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0)
DISTANCE_SHARES = (0.12, 0.08, 0.18, 0.20, 0.27, 0.11, 0.04)

PEOPLE_PER_PLACE = 300  # fewer, and most places are too small for anybody to find somebody
DAYS_PER_YEAR = 365.2425
YOUNGEST, OLDEST = 18, 75
HISTORY_DAYS = 730
# The land lies in the open ocean, so that no coordinate is anybody's home.
SOUTH, WEST = 44.0, -32.0
KM_PER_DEGREE = 111.2
KM_PER_PLACE = 8.0  # side of the square of land each place has for itself: most towns reach the next ones


@dataclass(frozen=True, slots=True)
class Residents:
    """n people as columns (n,), those of limits with "no limit" spelled as the widest one.

    Args:
        birth_day: days since 1970. age: completed years now.
        gender, place, scene: codes. seeking: (n, 3) which genders are sought.
        lat, lon: degrees.
        interests: bit sets over `words.INTERESTS`.
        min_age, max_age: wanted, inclusive; 0 and 127 where nothing is said.
        max_distance: km; NaN where nothing is said.
        created, end: Micros; nothing happens to a person before the one or after the other.
        active: False when the person left at ``end``.
        centres: (places, 2) degrees.
    """

    birth_day: Ints
    age: Ints
    gender: Ints
    seeking: Bools
    place: Ints
    lat: Doubles
    lon: Doubles
    scene: Ints
    interests: NDArray[np.uint64]
    min_age: Ints
    max_age: Ints
    max_distance: Doubles
    created: Ints
    end: Ints
    active: Bools
    centres: Doubles

    def __len__(self) -> int:
        return len(self.age)


def draw_residents(people: int, now: Micros, rng: np.random.Generator) -> Residents:
    """Draw everybody.

    Marginals: gender 47 % woman, 50 % man, 3 % nonbinary; age 18 + gamma(1.8, 7 years), at most 75; places by Zipf;
    scene uniform; created over two years, growing; 3 % left (not active), at a moment of their time here.

    >>> town = draw_residents(50, Micros(1_700_000_000_000_000), np.random.default_rng(1))
    >>> len(town), int(town.age.min()) >= 18
    (50, True)
    """
    birth_day, age = births(people, now, rng)
    gender = rng.choice(len(GENDERS), people, p=GENDER_SHARES)
    place, lat, lon, centres = _positions(people, rng)
    scene = rng.integers(SCENES, size=people)
    min_age, max_age = _wanted_ages(age, rng)
    created = _created(birth_day, now, rng)
    active = rng.random(people) >= 0.03
    left = created + ((now - created) * rng.uniform(0.2, 0.95, people)).astype(np.int64)
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
        max_distance=rng.choice(DISTANCES_KM, people, p=DISTANCE_SHARES),
        created=created,
        end=np.where(active, now, left),
        active=active,
        centres=centres,
    )


def births(people: int, now: Micros, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Birth days, and completed years of age now; all are adults."""
    today = datetime_from_micros(now).date()
    years = np.minimum(YOUNGEST + rng.gamma(1.8, 7.0, people), OLDEST + 0.9)
    # Two days more than 18 years of average length are 18 years whatever the leap days.
    days = (today - EPOCH).days - (years * DAYS_PER_YEAR).astype(np.int64) - 2
    return days, completed_years(days, today)


def completed_years(birth_day: Ints, on: date) -> Ints:
    """(n,) completed years on a day, of people given by their birth day (days since 1970)."""
    births = birth_day.astype("datetime64[D]")
    year = births.astype("datetime64[Y]").astype(np.int64) + 1970
    months = births.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (births - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray(on.year - year - (on.month * 100 + on.day < month * 100 + day), np.int64)


def _positions(people: int, rng: np.random.Generator) -> tuple[Ints, Doubles, Doubles, Doubles]:
    """Place codes (Zipf with exponent 1), coordinates scattered around the places' centres, and the centres."""
    places = int(np.clip(people // PEOPLE_PER_PLACE, 1, len(PLACES)))
    sizes = 1 / np.arange(1, places + 1)
    place = rng.choice(places, people, p=sizes / sizes.sum())
    side = KM_PER_PLACE * np.sqrt(places)
    km_per_lon = KM_PER_DEGREE * np.cos(np.radians(SOUTH))
    centres = np.column_stack(
        [SOUTH + rng.uniform(0, side, places) / KM_PER_DEGREE, WEST + rng.uniform(0, side, places) / km_per_lon]
    )
    spread = 2 + 6 * np.sqrt(sizes[place])  # km: the first town is wide, a village is not
    lat = centres[place, 0] + rng.normal(0, spread) / KM_PER_DEGREE
    lon = centres[place, 1] + rng.normal(0, spread) / km_per_lon
    return place, np.round(lat, 4), np.round(lon, 4), centres


def sought(gender: Ints, rng: np.random.Generator) -> Bools:
    """(n, 3) genders sought."""
    edges = np.cumsum(SOUGHT_SHARES, axis=1)[gender]
    chosen = (rng.random(len(gender))[:, None] > edges).sum(axis=1)
    return np.asarray(SOUGHT[np.minimum(chosen, len(SOUGHT) - 1)])


def _interests(scene: Ints, rng: np.random.Generator) -> NDArray[np.uint64]:
    """Bit sets of 1 to 10 interests, those of the own scene twenty times as likely as others.

    Drawn without replacement by the Gumbel trick: the k largest of log weight + Gumbel noise.
    """
    count = np.clip(1 + rng.poisson(4.0, len(scene)), 1, 10)
    logs = np.where(np.arange(len(INTERESTS)) // PER_SCENE == scene[:, None], np.log(20.0), 0.0)
    keys = logs + rng.gumbel(size=logs.shape)
    best = np.argsort(-keys, axis=1)[:, :10]
    bits = np.uint64(1) << best.astype(np.uint64)
    bits[np.arange(10) >= count[:, None]] = 0
    return np.asarray(np.bitwise_or.reduce(bits, axis=1))


def _wanted_ages(age: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Wanted ages around the own: wider with age (a quarter of the years over 16, at least 3); 8 % say nothing."""
    room = np.maximum(3, (age - 16) * 0.25)
    low = np.maximum(YOUNGEST, age - np.ceil(room * rng.uniform(0.7, 2.0, len(age))).astype(np.int64))
    high = np.minimum(99, age + np.ceil(room * rng.uniform(0.7, 2.0, len(age))).astype(np.int64))
    silent = rng.random(len(age)) < 0.08
    return np.where(silent, 0, low), np.where(silent, 127, high)


def _created(birth_day: Ints, now: Micros, rng: np.random.Generator) -> Ints:
    """When accounts began: up to two years ago, more of them lately, nobody before they were 18, none today."""
    days = 1 + (HISTORY_DAYS - 1) * rng.random(len(birth_day)) ** 1.3
    grown_up = (birth_day + (YOUNGEST * DAYS_PER_YEAR) + 1) * MICROS_PER_DAY
    created = np.maximum(now - days * MICROS_PER_DAY, grown_up)
    return np.asarray(np.minimum(created, now - MICROS_PER_DAY), np.int64)
