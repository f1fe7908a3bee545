"""Who can be within a viewer's wishes by gender and place, found without looking at everyone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.population.columns import EARTH_RADIUS_KM, UNKNOWN, PeopleColumns

# Height of a tile, and its width at the middle of its band: a quarter of a degree of latitude, 27.8 km.
TILE = np.pi / 720
BANDS = 720
# Past so many people who changed, the cells are laid out anew: each list looks at all of these.
MOST_MOVED = 2_000
ROUNDING = 1e-9

Ints = NDArray[np.int64]


class _Cells(NamedTuple):
    """People by cell: those of cell i are ``members[start[i]:start[i + 1]]``; cells ascend.

    ``members`` has people of a known position by gender, band and tile; ``by_gender`` all people of a gender, sorted.
    """

    cells: Ints
    start: Ints
    members: Keys
    by_gender: dict[int, Keys]


class Reach:
    """People by gender and tile. What it finds for a viewer holds everybody within the viewer's wishes, and others too.

    Whoever was put or removed since the cells were laid out (`moved`) is always among those found.

    >>> Reach(PeopleColumns()).keys(0).tolist()
    []
    """

    def __init__(self, columns: PeopleColumns) -> None:
        self._columns, self.moved_at_most = columns, MOST_MOVED
        self._cells: _Cells | None = None
        self._moved: set[int] = set()

    def moved(self, key: int) -> None:
        """A person changed."""
        if self._cells is not None:
            self._moved.add(key)

    def keys(self, viewer: int) -> Keys:
        """Sorted keys of all people whom the viewer's wishes of gender and distance may keep."""
        columns = self._columns
        if not len(columns):
            return columns.everyone()
        limit = float(columns.max_distance[viewer])
        genders = self._genders(viewer)
        if np.isnan(limit) and genders is None:
            return columns.everyone()
        if self._cells is None or len(self._moved) > self.moved_at_most:
            self.lay_out()
        assert self._cells is not None
        genders = sorted(self._cells.by_gender) if genders is None else genders
        if np.isnan(limit):
            found = [self._cells.by_gender[each] for each in genders if each in self._cells.by_gender]
        else:
            found = list(self._near(viewer, limit, genders))
        return self._sorted(found)

    def _genders(self, viewer: int) -> list[int] | None:
        """The genders that the viewer seeks; None: any."""
        return None if self._columns.seeks_anyone[viewer] else self._columns.seeking.codes(viewer)

    def _near(self, viewer: int, limit: float, genders: list[int]) -> Iterator[Keys]:
        """Members of the tiles that a circle of so many kilometres touches."""
        assert self._cells is not None
        lat, lon = float(self._columns.lat[viewer]), float(self._columns.lon[viewer])
        if np.isnan(lat) or np.isnan(lon):
            return
        for band, first, last in _spans(lat, lon, limit / EARTH_RADIUS_KM):
            for gender in genders:
                cells = _cell(np.array([gender, gender]), np.array([band, band]), np.array([first, last + 1]))
                low, high = np.searchsorted(self._cells.cells, cells)
                if low < high:
                    yield self._cells.members[self._cells.start[low] : self._cells.start[high]]

    def _sorted(self, found: list[Keys]) -> Keys:
        if self._moved:
            moved = np.fromiter(self._moved, np.int64, len(self._moved))
            keys = np.unique(np.concatenate([*found, moved]))
            return np.asarray(keys[self._columns.present[keys]])
        if len(found) == 1 and found[0].base is None:
            return found[0]
        return np.sort(np.concatenate([np.empty(0, np.int64), *found]))

    def lay_out(self) -> None:
        """Put everybody into cells anew."""
        columns, everyone = self._columns, self._columns.everyone()
        genders, lat, lon = columns.gender[everyone], columns.lat[everyone], columns.lon[everyone]
        placed = ~(np.isnan(lat) | np.isnan(lon))
        band = _band(lat[placed])
        cell = _cell(genders[placed].astype(np.int64), band, _tile(lon[placed], band))
        order = np.argsort(cell, kind="stable")
        cells, first = np.unique(cell[order], return_index=True)
        by_gender = {int(each): everyone[genders == each] for each in np.unique(genders)}
        start = np.append(first, len(order)).astype(np.int64)
        self._cells = _Cells(cells, start, everyone[placed][order], by_gender)
        self._moved.clear()


def _band(lat: NDArray[np.float64]) -> Ints:
    return np.asarray(np.clip((lat + np.pi / 2) / TILE, 0, BANDS - 1), np.int64)


def _tiles(band: Ints) -> Ints:
    """How many tiles there are around the earth in a band."""
    middle = (band + 0.5) * TILE - np.pi / 2
    return np.asarray(np.maximum(2 * np.pi / TILE * np.cos(middle), 1), np.int64)


def _tile(lon: NDArray[np.float64], band: Ints) -> Ints:
    tiles = _tiles(band)
    return np.asarray(np.clip((lon + np.pi) / (2 * np.pi) * tiles, 0, tiles - 1), np.int64)


def _cell(gender: Ints, band: Ints, tile: Ints) -> Ints:
    """One number per cell: tiles of a band lie side by side, bands of a gender too."""
    return np.asarray(((gender - UNKNOWN) * BANDS + band) * (4 * BANDS) + tile, np.int64)


def _spans(lat: float, lon: float, angle: float) -> Iterator[tuple[int, int, int]]:
    """(band, first tile, last tile) of all tiles within an angle of a point, two spans across the date line.

    Meridians at asin(sin(angle) / cos(lat)) to both sides touch the circle; one that holds a pole meets all meridians.
    """
    angle = angle * (1 + ROUNDING) + ROUNDING
    bands = _band(np.array([lat - angle, lat + angle]))
    over_pole = abs(lat) + angle >= np.pi / 2
    width = np.pi if over_pole else float(np.arcsin(min(np.sin(min(angle, np.pi / 2)) / np.cos(lat), 1.0)))
    for band in range(int(bands[0]), int(bands[1]) + 1):
        around = int(_tiles(np.array([band]))[0])
        if width >= np.pi:
            yield band, 0, around - 1
            continue
        west, east = (int(np.floor((each + np.pi) / (2 * np.pi) * around)) for each in (lon - width, lon + width))
        if east - west >= around:
            yield band, 0, around - 1
        elif west < 0:
            yield band, 0, min(east, around - 1)
            yield band, west % around, around - 1
        elif east >= around:
            yield band, west, around - 1
            yield band, 0, east % around
        else:
            yield band, west, east
