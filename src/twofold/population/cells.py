"""Everyone laid out by what limits people: gender, how far they look, where they are. Built once, read by span.

Within a layout whoever a viewer may want lies in a few spans of rows, and what both sides wish for is decided by a few
passes over narrow columns, side by side in memory.
"""

from __future__ import annotations

from math import frexp, isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Keys
from twofold.population.columns import EARTH_RADIUS_KM, UNKNOWN, PeopleColumns
from twofold.population.tiles import BANDS, MOST_TILES, Ints, bands_of, spans, tiles_of
from twofold.population.vocabulary import WORD

# People who look no farther than so many km lie apart from the others: a viewer far from them passes them over.
NEAR_KM = (60.0, 300.0, 2_000.0, np.inf)
ANYWHERE = len(NEAR_KM)  # the class of people who set no limit
# Sets of genders are bytes here: one bit per gender, the last for all beyond.
BEYOND = 7
EVERY = 0xFF
# Chords on a sphere of radius 1, in single precision: within so much of a limit the exact distance decides (6 m).
UNSURE = 1e-6
NO_AGE = 255
ANY_AGE = (-1, 2**31)
# One person in so many: from there on it takes less to sort them than to look through bits of everybody.
FEW = 500

Bytes = NDArray[np.uint8]

_EVERYWHERE: tuple[Ints, Ints, Ints] = (
    np.zeros(1, np.int64),
    np.zeros(1, np.int64),
    np.array([BANDS * MOST_TILES - 1]),
)


class Wish(NamedTuple):
    """What a viewer wants, and what they are to others.

    Args:
        genders: sought, as codes; None: any.
        born: birth dates (`birth_codes`) of the ages wanted, both inclusive; None: any age, unknown too.
        limit_km: how far they look; NaN: anywhere.
        lat, lon: radians; NaN: unknown.
        gender: their own; -1: unknown.
        age: their own, completed years; -1: unknown.
    """

    genders: list[int] | None
    born: tuple[int, int] | None
    limit_km: float
    lat: float
    lon: float
    gender: int
    age: int

    @property
    def placed(self) -> bool:
        """Whether it is known where the viewer is."""
        return not (isnan(self.lat) or isnan(self.lon))


class Cells:
    """A layout of everyone active, as they were when it was made. What it finds holds all whom both sides' wishes keep.

    Args:
        columns: of everyone; not read again.
    """

    def __init__(self, columns: PeopleColumns) -> None:
        keys = columns.everyone()
        keys = keys[columns.active[keys]]
        placed = ~(np.isnan(columns.lat[keys]) | np.isnan(columns.lon[keys]))
        somebody = placed | np.isnan(columns.max_distance[keys])  # whoever has a limit and no place wants nobody
        number = _numbers(columns, keys[somebody], placed[somebody])
        order = np.argsort(number, kind="stable")
        keys, number = keys[somebody][order], number[order]
        first = np.flatnonzero(np.diff(number, prepend=-1))
        self._numbers, self._start = number[first], np.append(first, len(order)).astype(np.int64)
        self._genders = np.unique(columns.gender[keys]).tolist()
        self._keys = keys.astype(np.int32)
        self._row = np.full(len(columns.present), -1, np.int32)
        self._row[keys] = np.arange(len(keys), dtype=np.int32)
        self._axes = _points(columns.lat[keys], columns.lon[keys]).astype(np.float32)
        self._chord = _chords(columns.max_distance[keys].astype(np.float64)).astype(np.float32)
        self._born = birth_codes(columns, keys)
        self._least = np.clip(columns.min_age[keys], 0, NO_AGE - 1).astype(np.uint8)
        self._most = np.clip(columns.max_age[keys], 0, NO_AGE).astype(np.uint8)
        self._seeks = _sought(columns, keys)

    def drop(self, key: int) -> None:
        """Somebody is not as they were: nobody finds them here any more."""
        if key < len(self._row) and self._row[key] >= 0:
            self._seeks[self._row[key]] = 0

    def find(self, wish: Wish) -> tuple[Keys, NDArray[np.bool_]]:
        """Sorted keys of people, all whom the wishes of both sides keep among them, and of whom that is sure."""
        low, high = self._spans(wish)
        columns = self._seeks, self._least, self._most, self._born, self._chord, self._keys
        mine = _bit(wish.gender), wish.gender >= 0, wish.age, *(wish.born or ANY_AGE)
        sure = 0 <= wish.gender < BEYOND and wish.age >= 0
        both = close_enough(low, high, *columns, *self._axes, *mine, wish.limit_km, wish.lat, wish.lon, sure)
        return in_order(both, len(self._row))

    def _spans(self, wish: Wish) -> tuple[Ints, Ints]:
        """Spans [low, high) of rows of people of the genders wanted, wherever each class may be near enough."""
        genders = np.array(self._genders if wish.genders is None else wish.genders, np.int64)
        places = _places(wish)
        room = len(genders) * sum([(end - near) * len(band) for near, end, (band, _, _) in places])
        low, high, found = np.empty(room, np.int64), np.empty(room, np.int64), 0
        for near, end, where in places:
            found = rows_between(self._numbers, self._start, genders, near, end, *where, low, high, found)
        return low[:found], high[:found]


@compiled
def rows_between(
    numbers: Column[np.int64],
    start: Column[np.int64],
    genders: Column[np.int64],
    nearest: int,
    end: int,
    band: Column[np.int64],
    first: Column[np.int64],
    last: Column[np.int64],
    low: Written[np.int64],
    high: Written[np.int64],
    found: int,
) -> int:
    """Write spans [low, high) of rows of people of each gender, of classes [nearest, end) in spans of tiles, after
    those that are found; how many there are then."""
    for gender in genders:
        for near in range(nearest, end):
            for place in range(len(band)):
                row = ((gender - UNKNOWN) * (ANYWHERE + 1) + near) * BANDS + band[place]
                one = np.searchsorted(numbers, row * MOST_TILES + first[place])
                other = np.searchsorted(numbers, row * MOST_TILES + last[place], side="right")
                if one < other:
                    low[found], high[found] = start[one], start[other]
                    found += 1
    return found


@compiled
def close_enough(
    low: Column[np.int64],
    high: Column[np.int64],
    seeks: Column[np.uint8],
    least: Column[np.uint8],
    most: Column[np.uint8],
    born: Column[np.int32],
    chord: Column[np.float32],
    keys: Column[np.int32],
    x: Column[np.float32],
    y: Column[np.float32],
    z: Column[np.float32],
    bit: int,
    gendered: bool,
    age: int,
    oldest: int,
    youngest: int,
    limit_km: float,
    lat: float,
    lon: float,
    known: bool,
) -> Ints:
    """2 x key, and 1 more where it is sure, of the people in spans of rows whom both sides' wishes may keep.

    Args:
        low, high: spans [low, high) of rows.
        seeks, least, most, born, chord, keys, x, y, z: columns of all rows.
        bit, gendered, age: the viewer's gender as a bit, whether it is known, and age; -1: unknown.
        oldest, youngest: birth codes of the ages that the viewer wants.
        limit_km: the viewer's limit; NaN: none.
        lat, lon: where the viewer is, radians; NaN: unknown.
        known: whether the viewer's gender and age are.
    """
    room = 0
    for span in range(len(low)):
        room += high[span] - low[span]
    found, count = np.empty(room, np.int64), 0
    placed, angle = not (np.isnan(lat) or np.isnan(lon)), limit_km / EARTH_RADIUS_KM
    farthest = np.inf if angle >= np.pi else 2 * np.sin(angle / 2)
    here_x, here_y, here_z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    least_age, most_age = max(age, 0), age if age >= 0 else NO_AGE
    for span in range(len(low)):
        for row in range(low[span], high[span]):
            wanted = (seeks[row] & bit) != 0 if gendered else seeks[row] == EVERY
            if not wanted or least[row] > least_age or most[row] < most_age:
                continue
            if born[row] < oldest or born[row] > youngest:
                continue
            sure = known
            if placed:
                limit = farthest if np.isnan(chord[row]) else float(chord[row])
                if limit > farthest:
                    limit = farthest
                if not np.isnan(limit):
                    far = np.sqrt((x[row] - here_x) ** 2 + (y[row] - here_y) ** 2 + (z[row] - here_z) ** 2)
                    if not far <= limit + UNSURE:
                        continue
                    sure = sure and far < limit - UNSURE
            found[count] = 2 * np.int64(keys[row]) + sure
            count += 1
    return found[:count]


@compiled
def in_order(both: Column[np.int64], people: int) -> tuple[Keys, NDArray[np.bool_]]:
    """Rising keys, and whether each is sure, of what `close_enough` gave: read off a set of bits, or sorted where there
    are so few of all people that this is quicker.

    Args:
        people: more than any key.

    >>> keys, sure = in_order(np.array([14, 9, 2]), 8)
    >>> keys.tolist(), sure.tolist()
    ([1, 4, 7], [False, True, False])
    """
    keys, sure, found = np.empty(len(both), np.int64), np.empty(len(both), np.bool_), 0
    if len(both) * FEW < people:
        for each in np.sort(both):
            keys[found], sure[found] = each >> 1, each & 1
            found += 1
        return keys, sure
    there, certain = np.zeros(people // WORD + 1, np.uint64), np.zeros(people // WORD + 1, np.uint64)
    for each in both:
        bit = np.uint64(1) << np.uint64((each >> 1) % WORD)
        there[(each >> 1) // WORD] |= bit
        if each & 1:
            certain[(each >> 1) // WORD] |= bit
    for word in range(len(there)):
        left = there[word]
        while left:
            bit = left & (~left + np.uint64(1))
            keys[found], sure[found] = word * WORD + frexp(float(bit))[1] - 1, (certain[word] & bit) != 0
            left ^= bit
            found += 1
    return keys, sure


def birth_codes(columns: PeopleColumns, keys: Keys) -> NDArray[np.int32]:
    """(m,) birth dates as numbers in the order of time: year * 10,000 + month * 100 + day; 0: unknown."""
    return columns.birth_year[keys].astype(np.int32) * 10_000 + columns.birth_month_day[keys]


def _numbers(columns: PeopleColumns, keys: Keys, placed: NDArray[np.bool_]) -> Ints:
    """(m,) everybody's cell; those without a position lie in the first tile of all."""
    band = np.where(placed, bands_of(np.where(placed, columns.lat[keys], 0)), 0)
    tile = np.where(placed, tiles_of(np.where(placed, columns.lon[keys], 0), band), 0)
    return _cell(columns.gender[keys].astype(np.int64), _classes(columns.max_distance[keys]), band, tile)


def _places(wish: Wish) -> list[tuple[int, int, tuple[Ints, Ints, Ints]]]:
    """Where people may be near enough: classes [near, end), and in which bands from which tile to which."""
    looks = np.inf if isnan(wish.limit_km) else wish.limit_km
    if not wish.placed:
        return [(ANYWHERE, ANYWHERE + 1, _EVERYWHERE)] if looks == np.inf else []
    limits = [farthest if farthest < looks else looks for farthest in (*NEAR_KM, np.inf)]
    found, near = [], 0
    for end in range(1, len(limits) + 1):
        if end == len(limits) or limits[end] != limits[near]:
            angle = limits[near] / EARTH_RADIUS_KM
            found.append((near, end, _EVERYWHERE if angle == np.inf else spans(wish.lat, wish.lon, angle)))
            near = end
    return found


def _cell(gender: Ints, near: Ints, band: Ints, tile: Ints) -> Ints:
    """One number per cell: tiles of a band lie side by side, then bands, classes, genders."""
    place = band * MOST_TILES + tile
    return np.asarray(((gender - UNKNOWN) * (ANYWHERE + 1) + near) * (BANDS * MOST_TILES) + place, np.int64)


def _classes(limit: NDArray[np.float32]) -> Ints:
    """The class of each limit in km; NaN is none."""
    return np.where(np.isnan(limit), ANYWHERE, np.searchsorted(NEAR_KM, limit)).astype(np.int64)


def _points(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, m) on a sphere of radius 1."""
    flat = np.cos(lat)
    return np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)])


def _chords(limit: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m,) chords of distances in km on a sphere of radius 1; infinite where all of it is near enough, NaN of NaN."""
    angle = limit / EARTH_RADIUS_KM
    return np.where(angle >= np.pi, np.inf, 2 * np.sin(np.minimum(angle, np.pi) / 2))


def _sought(columns: PeopleColumns, keys: Keys) -> Bytes:
    """(m,) the genders that each seeks, one bit each."""
    words = columns.seeking.words[keys]
    low = (words[:, 0] & np.uint64((1 << BEYOND) - 1)).astype(np.uint8)
    beyond = (words[:, 0] >> np.uint64(BEYOND) != 0) | (words[:, 1:] != 0).any(axis=1)
    return np.where(columns.seeks_anyone[keys], EVERY, low | (beyond.astype(np.uint8) << BEYOND)).astype(np.uint8)


def _bit(gender: int) -> int:
    """Who seeks somebody of a gender has one of these bits; unknown is sought by those alone who seek anyone."""
    return 1 << min(gender, BEYOND) if gender >= 0 else EVERY
