"""What two profiles say of a pair, for one viewer and all candidates of a list in one compiled pass.

The features' own definitions stay what counts: these figures are the same within 1e-6, which is tested,
and where they cannot be had (somebody's profile was another one at the moment) the definitions are asked instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Table, compiled
from twofold.domain.candidate import Floats
from twofold.features.rates import PRIOR_WEIGHT
from twofold.features.recency import LONGEST_HOURS, MICROS_PER_HOUR
from twofold.population.columns import EARTH_RADIUS_KM, UNKNOWN
from twofold.population.vocabulary import WORD

if TYPE_CHECKING:
    from twofold.features.definition import FeatureInput

FORWARD = (
    "candidate_habits",
    "viewer_group",
    "age_gap_of_strangers",
    "age_gap",
    "same_place",
    "distance",
    "shared_interests",
    "rare_shared_interests",
    "candidate_hours_since_active",
    "viewer_hours_since_active",
)
TURNED = ("candidate_habits", "viewer_group", "age_gap_of_strangers")


def columns_of(rows: FeatureInput) -> tuple[dict[str, Floats], dict[str, Floats]] | None:
    """Columns (m,) by feature, of the pairs of one viewer and of the same seen from the other side; None when profiles
    of the moment are not the present ones.

    Args:
        rows: one viewer's, as of one moment and the whole log.
    """
    viewer, candidate, people, lore = rows.viewer, rows.candidate, rows.population.columns, rows.lore
    if not (viewer.profile.present and candidate.profile.present):
        return None
    width, one = people.interests.words.shape[1] * WORD, int(viewer.keys[0])
    mine = viewer.given_tally.decisions[0], viewer.received_tally.decisions[0], viewer.last_act[0]
    theirs = candidate.given_tally.decisions, candidate.received_tally.decisions, candidate.last_act
    found = pair_figures(
        one,
        candidate.keys,
        int(rows.as_of.moments[0]),
        *people.calendar(int(rows.as_of.days[0])),
        *(int(each) for each in mine),
        *theirs,
        people.birth_year,
        people.birth_month_day,
        people.gender,
        people.place,
        people.lat,
        people.lon,
        people.seen,
        people.interests.words,
        lore.rarity.weights(people.interest_labels, width),
        lore.habits.liked_by(people, int(people.gender[one]), width),
        lore.habits.likes_for(people, one),
        lore.habits.groups_by(people),
    )
    return dict(zip(FORWARD, found, strict=False)), dict(zip(TURNED, found[len(FORWARD) :], strict=True))


@compiled
def pair_figures(
    viewer: int,
    keys: Column[np.int64],
    moment: int,
    year: int,
    month_day: int,
    my_given: int,
    my_received: int,
    my_last: int,
    given: Column[np.int64],
    received: Column[np.int64],
    last: Column[np.int64],
    birth_year: Column[np.int16],
    birth_month_day: Column[np.int16],
    gender: Column[np.int32],
    place: Column[np.int32],
    lat: Column[np.float64],
    lon: Column[np.float64],
    seen: Column[np.int64],
    interests: Table[np.uint64],
    rarity: Column[np.float32],
    liked: Table[np.float64],
    back: Column[np.float64],
    groups: Column[np.float64],
) -> NDArray[np.float32]:
    """(13, m) the figures of `FORWARD`, then of `TURNED`.

    Args:
        viewer, keys: the pairs.
        moment, year, month_day: when, and the same day as birth dates are kept.
        my_given, my_received, my_last, given, received, last: decisions by and about the viewer and each candidate
            before the moment, and when they acted last; 0: never.
        birth_year, ..., interests: of everyone (`PeopleColumns`).
        rarity: (codes,) weights of interests.
        liked: (codes, 2) how the viewer's gender likes people with an interest, and whether that was counted.
        back: (genders + 1,) by gender, how it likes people of the viewer's interests; the last for unknown.
        groups: (genders + 1,) by gender, how readily it likes.
    """
    found = np.empty((13, len(keys)), np.float32)
    mine = years_on(birth_year[viewer], birth_month_day[viewer], year, month_day)
    new_giver, new_receiver = newness_of(my_given), newness_of(my_received)
    hours = hours_before(moment, my_last, seen[viewer])
    for row in range(len(keys)):
        key = keys[row]
        gap = abs(years_on(birth_year[key], birth_month_day[key], year, month_day) - mine)
        met, back_met = np.sqrt(new_giver * newness_of(received[row])), np.sqrt(newness_of(given[row]) * new_receiver)
        habit, found[6, row], found[7, row] = of_interests(interests, viewer, key, rarity, liked)
        found[0, row] = newness_of(received[row]) * np.float32(habit)
        found[1, row] = met * np.float32(groups[gender[viewer]])
        found[2, row], found[3, row] = met * gap, gap
        known = place[viewer] != UNKNOWN and place[key] != UNKNOWN
        found[4, row] = np.nan if not known else 1.0 if place[viewer] == place[key] else 0.0
        found[5, row] = log_kilometres(lat[viewer], lon[viewer], lat[key], lon[key])
        found[8, row], found[9, row] = hours_before(moment, last[row], seen[key]), hours
        found[10, row] = new_receiver * np.float32(back[gender[key]])
        found[11, row] = back_met * np.float32(groups[gender[key]])
        found[12, row] = back_met * gap
    return found


@compiled
def of_interests(
    interests: Table[np.uint64], viewer: int, key: int, rarity: Column[np.float32], liked: Table[np.float64]
) -> tuple[float, float, float]:
    """How the viewer's gender likes people of the candidate's interests; what both share; the same by rarity."""
    total = counted = both = either = rare_both = rare_either = 0.0
    for code in range(64 * interests.shape[1]):
        bit = np.uint64(code % 64)
        theirs = (interests[key, code // 64] >> bit) & np.uint64(1)
        mine = (interests[viewer, code // 64] >> bit) & np.uint64(1)
        if theirs:
            total += liked[code, 0]
            counted += liked[code, 1]
        if theirs or mine:
            either += 1
            rare_either += rarity[code]
        if theirs and mine:
            both += 1
            rare_both += rarity[code]
    return total / max(counted, 1.0), both / max(either, 1.0), rare_both / max(rare_either, 1e-9)


@compiled
def log_kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """log(1 + great-circle distance); NaN when either position is unknown."""
    half = np.sin((other_lat - lat) / 2) ** 2 + np.cos(other_lat) * np.cos(lat) * np.sin((other_lon - lon) / 2) ** 2
    if np.isnan(half):
        return np.nan
    return float(np.log1p(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(max(half, 0.0), 1.0)))))


@compiled
def years_on(birth_year: int, birth_month_day: int, year: int, month_day: int) -> float:
    """Completed years on a day; NaN when unknown."""
    years = year - birth_year - (month_day < birth_month_day)
    return float(years) if birth_year != 0 and years >= 0 else np.nan


@compiled
def newness_of(decisions: int) -> float:
    """As `habits.newness`."""
    return PRIOR_WEIGHT / (PRIOR_WEIGHT + decisions)


@compiled
def hours_before(moment: int, last: int, said: int) -> float:
    """As `recency.hours_since_active`, of the last act and what the profile says."""
    latest = max(last, said if said < moment else 0)
    if latest == 0:
        return np.nan
    return float(np.log1p(min(max((moment - latest) / MICROS_PER_HOUR, 0.0), LONGEST_HOURS)))
