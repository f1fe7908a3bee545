"""The earth in tiles of about 25 km: bands of equal latitude, each cut into tiles of about equal width."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Height of a tile, and its width at the middle of its band: a quarter of a degree of latitude, 27.8 km.
TILE = np.pi / 720
BANDS = 720
MOST_TILES = 4 * BANDS  # numbers of a band; it has fewer
ROUNDING = 1e-9

Ints = NDArray[np.int64]


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


def spans(lat: float, lon: float, angle: float) -> tuple[Ints, Ints, Ints]:
    """Bands, and the first and last tile in each, within an angle of a point; two spans across the date line.

    Meridians at asin(sin(angle) / cos(lat)) to both sides touch the circle; one that holds a pole meets all meridians.
    """
    angle = angle * (1 + ROUNDING) + ROUNDING
    south, north = bands_of(np.array([lat - angle, lat + angle])).tolist()
    band = np.arange(south, north + 1)
    last = tiles_in(band) - 1
    if abs(lat) + angle >= np.pi / 2:
        return band, np.zeros_like(band), last
    width = float(np.arcsin(min(np.sin(angle) / np.cos(lat), 1.0)))
    west, east = (
        np.floor((each + np.pi) / (2 * np.pi) * (last + 1)).astype(np.int64) for each in (lon - width, lon + width)
    )
    every, over, under = east - west > last, east > last, west < 0
    first = np.where(every | under, 0, west)
    end = np.where(every | over, last, east)
    over &= ~every
    under &= ~every
    return (
        np.concatenate([band, band[over], band[under]]),
        np.concatenate([first, np.zeros(int(over.sum()), np.int64), west[under] + last[under] + 1]),
        np.concatenate([end, east[over] - last[over] - 1, last[under]]),
    )
