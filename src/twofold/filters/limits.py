"""The filter of wishes: both people's limits on gender, age and distance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Codes, Keys, Removed
from twofold.domain.time import day_of
from twofold.pipeline.query import Query
from twofold.population.columns import EARTH_RADIUS_KM, NO_AGE_LIMIT, UNKNOWN, PeopleColumns
from twofold.population.population import Population

Mask = NDArray[np.bool_]

# Of the bound by latitude, so that rounding never removes somebody whom the distance itself keeps.
ROUNDING = 1 + 1e-9


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
    wishes = True

    def __init__(self, population: Population, minimum_age: int = 0) -> None:
        self._population = population

    def judge(self, query: Query, keys: Keys) -> Codes:
        """One code per key, all of people who exist; the dear distances are computed for those still kept alone."""
        columns, viewer, day = self._population.columns, query.viewer, day_of(query.as_of)
        codes = np.zeros(len(keys), np.uint8)
        codes[outside_genders(columns, viewer, keys)] = Removed.GENDER
        _remove(codes, outside_ages(columns, viewer, columns.ages(keys, day)), Removed.AGE)
        _apply(codes, keys, lambda some: outside_distance(columns, viewer, some), Removed.DISTANCE)
        _remove(codes, unsought(columns, viewer, keys), Removed.THEIR_GENDER)
        age = int(columns.ages(np.array([viewer]), day)[0])
        _remove(codes, unwanted_age(columns, age, keys), Removed.THEIR_AGE)
        _apply(codes, keys, lambda some: too_far_for_them(columns, viewer, some), Removed.THEIR_DISTANCE)
        return codes


def outside_genders(columns: PeopleColumns, viewer: int, keys: Keys) -> Mask:
    """(m,) whose gender the viewer does not seek."""
    if columns.seeks_anyone[viewer]:
        return np.zeros(len(keys), bool)
    # One more than there are genders: the last place is where -1, unknown, looks.
    unsought_ = np.ones(len(columns.genders) + 1, bool)
    unsought_[columns.seeking.codes(viewer)] = False
    return np.asarray(unsought_[columns.gender[keys]])


def outside_ages(columns: PeopleColumns, viewer: int, ages: NDArray[np.int16]) -> Mask:
    """(m,) whose age (-1: unknown) is outside the viewer's limits."""
    least, most = columns.min_age[viewer], columns.max_age[viewer]
    if least == UNKNOWN and most == NO_AGE_LIMIT:
        return np.zeros(len(ages), bool)
    return np.asarray((ages < max(least, 0)) | (ages > most))


def outside_distance(columns: PeopleColumns, viewer: int, keys: Keys) -> Mask:
    """(m,) who are farther from the viewer than the viewer wants, or nobody knows where."""
    limit = float(columns.max_distance[viewer])
    if np.isnan(limit):
        return np.zeros(len(keys), bool)
    # A difference of latitude alone is a distance that the true one is never below: a cheap no for most.
    north = np.abs(columns.lat[keys] - columns.lat[viewer]) * EARTH_RADIUS_KM
    outside = ~(north <= limit * ROUNDING)
    near = np.flatnonzero(~outside)
    outside[near] = ~(columns.distances_km(viewer, keys[near]) <= limit)
    return np.asarray(outside)


def unsought(columns: PeopleColumns, viewer: int, keys: Keys) -> Mask:
    """(m,) who do not seek the viewer's gender."""
    gender = int(columns.gender[viewer])
    if gender == UNKNOWN:
        return np.asarray(~columns.seeks_anyone[keys])
    return np.asarray(~(columns.seeks_anyone[keys] | columns.seeking.has(gender, keys)))


def unwanted_age(columns: PeopleColumns, age: int, keys: Keys) -> Mask:
    """(m,) whose limits the viewer's age (-1: unknown) is outside of."""
    least, most = columns.min_age[keys], columns.max_age[keys]
    if age == UNKNOWN:
        return np.asarray((least != UNKNOWN) | (most != NO_AGE_LIMIT))
    return np.asarray((least > age) | (most < age))


def too_far_for_them(columns: PeopleColumns, viewer: int, keys: Keys) -> Mask:
    """(m,) from whom the viewer is farther than they want, or nobody knows where."""
    limits = columns.max_distance[keys]
    outside = ~np.isnan(limits)
    limited = np.flatnonzero(outside)
    outside[limited] = ~(columns.distances_km(viewer, keys[limited]) <= limits[limited])
    return outside


def _remove(codes: Codes, outside: Mask, code: Removed) -> None:
    codes[outside & (codes == 0)] = code


def _apply(codes: Codes, keys: Keys, judge: Callable[[Keys], Mask], code: Removed) -> None:
    """As `_remove`, asking about those still kept only."""
    kept = np.flatnonzero(codes == 0)
    codes[kept[judge(keys[kept])]] = code
