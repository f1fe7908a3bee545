"""Figures of one viewer's pairs with all candidates of a list, compiled: what `Sheets` fills its rows with.

Arrays about the people of a list have m + 1 entries, of which the first is the viewer's.
"""

from __future__ import annotations

import numpy as np

from twofold.compiled import Column, Table, WrittenTable, compiled
from twofold.domain.time import MICROS_PER_DAY
from twofold.features.nearness import SCALE
from twofold.features.rates import PRIOR_WEIGHT
from twofold.features.recency import LONGEST_HOURS, MICROS_PER_HOUR
from twofold.population.columns import EARTH_RADIUS_KM, UNKNOWN
from twofold.population.standing import DISLIKE, LIKE, PASS, SUPER_LIKE

# Where `loops.meet_marked` has its sums by what they are, the viewer's role and like, and the owner's like.
WEIGHED, RECEIVED, MINE, THEIRS = 8, 4, 2, 1
BOTH = MINE + THEIRS


@compiled
def of_profiles(
    found: WrittenTable[np.float32],
    people: Column[np.int64],
    moment: int,
    year: int,
    month_day: int,
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
    groups: Column[np.float64],
) -> None:
    """Fill in (13, m) what two profiles say of a pair.

    Args:
        people: (m + 1,) keys.
        moment, year, month_day: when, and the same day as birth dates are kept.
        given, received, last: (m + 1,) decisions by and about each before the moment, and when they acted last; 0:
            never.
        birth_year, ..., interests: of everyone (`PeopleColumns`).
        rarity: (codes,) weights of interests.
        liked: (genders * codes, 2) as `Habits.liked_by`.
        groups: (genders,) by gender, how readily it likes; the last for unknown.
    """
    viewer, codes = people[0], len(rarity)
    mine = years_on(birth_year[viewer], birth_month_day[viewer], year, month_day)
    new_giver, new_receiver = newness_of(given[0]), newness_of(received[0])
    hours = hours_before(moment, last[0], seen[viewer])
    backs = np.empty(len(groups))
    for each in range(len(groups)):
        backs[each] = habit_of(interests, viewer, liked, codes * each, codes)
    my_table = codes * (gender[viewer] % len(groups))
    for row in range(len(people) - 1):
        key = people[row + 1]
        gap = abs(years_on(birth_year[key], birth_month_day[key], year, month_day) - mine)
        new_to_me = np.sqrt(new_giver * newness_of(received[row + 1]))
        new_to_them = np.sqrt(newness_of(given[row + 1]) * new_receiver)
        habit = habit_of(interests, key, liked, my_table, codes)
        found[0, row] = newness_of(received[row + 1]) * np.float32(habit)
        found[1, row] = new_to_me * np.float32(groups[gender[viewer]])
        found[2, row], found[3, row] = new_to_me * gap, gap
        known = place[viewer] != UNKNOWN and place[key] != UNKNOWN
        found[4, row] = np.nan if not known else 1.0 if place[viewer] == place[key] else 0.0
        found[5, row] = log_kilometres(lat[viewer], lon[viewer], lat[key], lon[key])
        found[6, row], found[7, row] = shared(interests, viewer, key, rarity)
        found[8, row], found[9, row] = hours_before(moment, last[row + 1], seen[key]), hours
        found[10, row] = new_receiver * np.float32(backs[gender[key]])
        found[11, row] = new_to_them * np.float32(groups[gender[key]])
        found[12, row] = new_to_them * gap


@compiled
def of_neighbours(found: WrittenTable[np.float32], by_them: Table[np.float64], about_them: Table[np.float64]) -> None:
    """Fill in (12, m) whom both have to do with.

    Args:
        by_them, about_them: (16, m) as `loops.meet_marked`, by what the candidates decided and what was about them.
    """
    for row in range(found.shape[1]):
        found[0, row] = np.log1p(by_them[BOTH, row])
        found[1, row] = np.log1p(about_them[RECEIVED + BOTH, row])
        found[2, row] = signed_log(about_them[BOTH, row] - about_them[MINE, row])
        found[3, row] = signed_log(by_them[RECEIVED + BOTH, row] - by_them[RECEIVED + MINE, row])
        found[4, row] = np.log1p(SCALE * by_them[WEIGHED + BOTH, row])
        found[5, row] = np.log1p(SCALE * about_them[WEIGHED + BOTH, row])
        found[6, row] = np.log1p(SCALE * by_them[WEIGHED + RECEIVED + BOTH, row])
        found[7, row] = np.log1p(SCALE * about_them[WEIGHED + RECEIVED + BOTH, row])
        found[8, row] = np.log1p(SCALE * about_them[WEIGHED + MINE, row])
        found[9, row] = np.log1p(SCALE * about_them[WEIGHED + THEIRS, row])
        found[10, row] = signed_log(by_them[RECEIVED + BOTH, row] - by_them[RECEIVED + THEIRS, row])
        found[11, row] = signed_log(about_them[BOTH, row] - about_them[THEIRS, row])


@compiled
def of_tastes(
    found: WrittenTable[np.float32],
    taste: Table[np.float32],
    has_taste: Column[np.bool_],
    appeal: Table[np.float32],
    has_appeal: Column[np.bool_],
    levels: Column[np.float64],
    mean: float,
    spread: float,
    mean_back: float,
    spread_back: float,
) -> None:
    """Fill in (5, m) what the first stage's vectors say.

    Args:
        taste, has_taste, appeal, has_appeal: (m + 1, d) vectors as those who like and are liked, and who has one.
        levels: (k,) as `Vectors.levels`.
        mean, spread, mean_back, spread_back: of the products of the viewer's taste, and of their appeal, with all.
    """
    for row in range(found.shape[1]):
        there = back = np.nan
        if has_taste[0] and has_appeal[row + 1]:
            there = product(taste, 0, appeal, row + 1)
        if has_appeal[0] and has_taste[row + 1]:
            back = product(taste, row + 1, appeal, 0)
        above, above_back = (there - mean) / spread, (back - mean_back) / spread_back
        above, above_back = above if above > 0 else 0.0, above_back if above_back > 0 else 0.0
        found[0, row], found[1, row] = rank_among(levels, there), rank_among(levels, back)
        found[2, row], found[3, row] = np.log1p(above), np.log1p(above_back)
        found[4, row] = np.sqrt(above * above_back)


@compiled
def of_standing(
    found: WrittenTable[np.float32],
    moment: int,
    kind: Column[np.int8],
    at: Column[np.int64],
    kind_back: Column[np.int8],
    likes: int,
    created: Column[np.float64],
    active: Column[np.float64],
    people: int,
) -> None:
    """Fill in (9, m) what both have decided about each other, and how far apart they stand among all.

    Args:
        kind, at: (m,) the decision of each candidate about the viewer that stands, and when; 0: none.
        kind_back: (m,) that of the viewer about them.
        likes: how many the viewer received.
        created, active: (m + 1,) ranks among all by when their accounts began, and by their last acts.
        people: how many all are.
    """
    for row in range(found.shape[1]):
        liked = kind[row] == LIKE or kind[row] == SUPER_LIKE
        found[0, row] = liked
        found[1, row] = kind[row] == DISLIKE or kind[row] == PASS
        found[2, row] = kind[row] == SUPER_LIKE
        found[3, row] = np.log1p(max(moment - at[row], 0) / MICROS_PER_DAY) if liked else 0.0
        found[4, row] = 1 / max(likes, 1) if liked else 0.0
        found[5, row] = abs(created[0] - created[row + 1]) / max(people, 1)
        found[6, row] = abs(active[0] - active[row + 1]) / max(people, 1)
        found[7, row] = kind_back[row] == LIKE or kind_back[row] == SUPER_LIKE
        found[8, row] = kind_back[row] == DISLIKE or kind_back[row] == PASS


@compiled
def habit_of(interests: Table[np.uint64], key: int, liked: Table[np.float64], first: int, codes: int) -> float:
    """Mean over a person's interests of what a table says from its row ``first`` on; 0 when it counts none."""
    total = counted = 0.0
    for word in range(interests.shape[1]):
        left, code = interests[key, word], 64 * word
        while left:
            if not left & np.uint64(0xFF):
                left >>= np.uint64(8)
                code += 8
                continue
            if left & np.uint64(1) and code < codes:
                total += liked[first + code, 0]
                counted += liked[first + code, 1]
            left >>= np.uint64(1)
            code += 1
    return total / max(counted, 1.0)


@compiled
def shared(interests: Table[np.uint64], viewer: int, key: int, rarity: Column[np.float32]) -> tuple[float, float]:
    """How much of either's interests is both's, each counting 1, and by its rarity."""
    both = either = rare_both = rare_either = 0.0
    for word in range(interests.shape[1]):
        common = interests[viewer, word] & interests[key, word]
        left, code = interests[viewer, word] | interests[key, word], 64 * word
        while left:
            if not left & np.uint64(0xFF):
                left >>= np.uint64(8)
                common >>= np.uint64(8)
                code += 8
                continue
            if left & np.uint64(1):
                either += 1
                rare_either += rarity[code]
                if common & np.uint64(1):
                    both += 1
                    rare_both += rarity[code]
            left >>= np.uint64(1)
            common >>= np.uint64(1)
            code += 1
    return both / max(either, 1.0), rare_both / max(rare_either, 1e-9)


@compiled
def product(one: Table[np.float32], row: int, other: Table[np.float32], other_row: int) -> float:
    """The inner product of two rows, in double precision."""
    total = 0.0
    for place in range(one.shape[1]):
        total += float(one[row, place]) * float(other[other_row, place])
    return total


@compiled
def rank_among(levels: Column[np.float64], value: float) -> float:
    """As `Vectors.rank_of`: the share of all pairs that lies below, by a line between two levels."""
    last = len(levels) - 1
    if np.isnan(value) or last < 0:
        return value if np.isnan(value) else 0.5
    if value >= levels[last]:
        return 1.0
    if value <= levels[0]:
        return 0.0
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if levels[middle] <= value:
            low = middle
        else:
            high = middle
    return float(low + (value - levels[low]) / (levels[low + 1] - levels[low])) / last


@compiled
def signed_log(balance: float) -> float:
    """As `neighbours.signed_log`."""
    return float(np.sign(balance) * np.log1p(abs(balance)))


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
