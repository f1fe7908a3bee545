"""The filter of wishes: both people's limits on gender, age and distance."""

from __future__ import annotations

import numpy as np

from twofold.compiled import Column, Table, compiled
from twofold.domain.candidate import Codes, Keys, Removed
from twofold.domain.time import day_of
from twofold.pipeline.query import Query
from twofold.population.columns import EARTH_RADIUS_KM, NO_AGE_LIMIT, UNKNOWN
from twofold.population.population import Population

GENDER, AGE, DISTANCE, THEIR_GENDER, THEIR_AGE, THEIR_DISTANCE = (
    int(Removed[name]) for name in ("GENDER", "AGE", "DISTANCE", "THEIR_GENDER", "THEIR_AGE", "THEIR_DISTANCE")
)


class LimitsFilter:
    """Removes people outside the viewer's limits, and people whose own limits the viewer is outside of.

    Limits are inclusive. Somebody whose gender, age or position is unknown fails a limit that names it and passes where
    no limit is set. The viewer's limits are told before the candidate's: gender, age, distance.

    Args:
        minimum_age: not needed here; all filters are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> LimitsFilter(Population([], EventColumns.empty(), 0)).name
    'limits'
    """

    name = "limits"
    safety = True

    def __init__(self, population: Population, minimum_age: int = 0) -> None:
        self._population = population

    def judge(self, query: Query, keys: Keys) -> Codes:
        """One code per key, all of people who exist."""
        columns, viewer, day = self._population.columns, query.viewer, day_of(query.as_of)
        on = columns.calendar(day)
        where = columns.lat, columns.lon, columns.max_distance
        who = columns.gender, columns.birth_year, columns.birth_month_day, columns.min_age, columns.max_age
        sought = columns.seeking.words, columns.seeks_anyone
        return outside_limits(keys, viewer, columns.age(viewer, day), *on, *who, *where, *sought)

    def judge_sure(self, query: Query, keys: Keys) -> Codes:
        """Reach has judged both sides' wishes."""
        return np.zeros(len(keys), np.uint8)


@compiled
def outside_limits(
    keys: Column[np.int64],
    viewer: int,
    age: int,
    year: int,
    month_day: int,
    gender: Column[np.int32],
    birth_year: Column[np.int16],
    birth_month_day: Column[np.int16],
    min_age: Column[np.int16],
    max_age: Column[np.int16],
    lat: Column[np.float64],
    lon: Column[np.float64],
    max_distance: Column[np.float32],
    seeking: Table[np.uint64],
    seeks_anyone: Column[np.bool_],
) -> Codes:
    """(m,) the first limit, the viewer's before the candidate's, that somebody is outside of.

    Args:
        age: the viewer's; -1: unknown.
        year, month_day: of the day, as birth dates are kept.
        gender, ...: columns of everyone (`PeopleColumns`).
    """
    codes = np.zeros(len(keys), np.uint8)
    limited = min_age[viewer] != UNKNOWN or max_age[viewer] != NO_AGE_LIMIT
    for row in range(len(keys)):
        key = keys[row]
        years = UNKNOWN
        if birth_year[key] != 0:
            years = year - birth_year[key] - (month_day < birth_month_day[key])
        if not (seeks_anyone[viewer] or seeks(seeking, viewer, gender[key])):
            codes[row] = GENDER
        elif limited and not max(min_age[viewer], 0) <= years <= max_age[viewer]:
            codes[row] = AGE
        elif not within(lat, lon, viewer, key, max_distance[viewer]):
            codes[row] = DISTANCE
        elif not (seeks_anyone[key] or seeks(seeking, key, gender[viewer])):
            codes[row] = THEIR_GENDER
        elif min_age[key] > age or max_age[key] < age or (age == UNKNOWN and max_age[key] != NO_AGE_LIMIT):
            codes[row] = THEIR_AGE
        elif not within(lat, lon, viewer, key, max_distance[key]):
            codes[row] = THEIR_DISTANCE
    return codes


@compiled
def seeks(seeking: Table[np.uint64], key: int, gender: int) -> bool:
    """Whether a gender is among those that a person names; unknown (-1) is not."""
    if gender < 0 or gender // 64 >= seeking.shape[1]:
        return False
    return bool((seeking[key, gender // 64] >> np.uint64(gender % 64)) & np.uint64(1))


@compiled
def within(lat: Column[np.float64], lon: Column[np.float64], one: int, other: int, limit: float) -> bool:
    """Whether two people are known to be no farther apart than a limit in km, or there is none (NaN)."""
    if np.isnan(limit):
        return True
    half = np.sin((lat[other] - lat[one]) / 2) ** 2
    half += np.cos(lat[other]) * np.cos(lat[one]) * np.sin((lon[other] - lon[one]) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(max(half, 0.0), 1.0))) <= limit and not np.isnan(half)
