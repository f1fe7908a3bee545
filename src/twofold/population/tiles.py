"""The earth in tiles of about 25 km: bands of equal latitude, each cut into tiles of about equal width."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import compiled

# Height of a tile, and its width at the middle of its band: a quarter of a degree of latitude, 27.8 km.
TILE = np.pi / 720
BANDS = 720
MOST_TILES = 4 * BANDS  # numbers of a band; it has fewer
ROUNDING = 1e-9

Ints = NDArray[np.int64]
Spans = tuple[Ints, Ints, Ints]


def bands_of(lat: NDArray[np.float64]) -> Ints:
    """The band of each latitude, in radians, from the south."""
    return np.asarray(np.clip((lat + np.pi / 2) / TILE, 0, BANDS - 1), np.int64)


def tiles_in(band: Ints) -> Ints:
    """How many tiles there are around the earth in a band."""
    middle = (band + 0.5) * TILE - np.pi / 2
    return np.asarray(np.maximum(2 * np.pi / TILE * np.cos(middle), 1), np.int64)


def tiles_of(lon: NDArray[np.float64], band: Ints) -> Ints:
    """The tile of each longitude, in radians, within its band."""
    tiles = tiles_in(band)
    return np.asarray(np.clip((lon + np.pi) / (2 * np.pi) * tiles, 0, tiles - 1), np.int64)


@compiled
def spans(lat: float, lon: float, angle: float) -> Spans:
    """Bands, and the first and last tile in each, within an angle of a point; two spans across the date line.

    Meridians at asin(sin(angle) / cos(lat)) to both sides touch the circle; one that holds a pole meets all meridians.
    """
    angle = angle * (1 + ROUNDING) + ROUNDING
    south = int(min(max((lat - angle + np.pi / 2) / TILE, 0.0), BANDS - 1.0))
    north = int(min(max((lat + angle + np.pi / 2) / TILE, 0.0), BANDS - 1.0))
    most = 2 * (north - south + 1)
    bands, firsts, lasts = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    around = abs(lat) + angle >= np.pi / 2
    width = 0.0 if around else np.arcsin(min(np.sin(angle) / np.cos(lat), 1.0))
    found = 0
    for band in range(south, north + 1):
        tiles = int(max(2 * np.pi / TILE * np.cos((band + 0.5) * TILE - np.pi / 2), 1.0))
        west = int(np.floor((lon - width + np.pi) / (2 * np.pi) * tiles))
        east = int(np.floor((lon + width + np.pi) / (2 * np.pi) * tiles))
        every = around or east - west > tiles - 1
        bands[found] = band
        firsts[found], lasts[found] = (0, tiles - 1) if every else (max(west, 0), min(east, tiles - 1))
        found += 1
        if not every and (east > tiles - 1 or west < 0):
            bands[found] = band
            firsts[found], lasts[found] = (0, east - tiles) if east > tiles - 1 else (west + tiles, tiles - 1)
            found += 1
    return bands[:found], firsts[:found], lasts[:found]
