"""Where places are, how large they are, and how near to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.simulation.residents import KM_PER_DEGREE, SOUTH, WEST, Doubles, Ints
from twofold.simulation.words import PLACES

PEOPLE_PER_PLACE = 200  # on average, until there are MOST_PLACES: the smallest place is a tenth or so of it
FEWEST_PLACES, MOST_PLACES = 3, 500
KM_PER_PLACE = 54.0  # side of the square of land each place has for itself: within 50 km are a few others
NARROW_KM, WIDE_KM = 1.5, 9.0  # how far people live from the centre: of a hamlet, and more in the first city
TRAVEL_KM = 15.0  # people of a place so far away come up 1/e as often as those of the own


@dataclass(frozen=True, slots=True)
class Land:
    """Places, the largest first: ``centres`` (p, 2) degrees, ``size`` (p,) relative to the first (Zipf, exponent 1)."""

    centres: Doubles
    size: Doubles

    def __len__(self) -> int:
        return len(self.size)

    @classmethod
    def draw(cls, people: int, rng: np.random.Generator) -> Land:
        """As much land as so many people need.

        It lies in the open ocean, so that no coordinate is anybody's home.
        """
        places = int(np.clip(people // PEOPLE_PER_PLACE, FEWEST_PLACES, MOST_PLACES))
        side = KM_PER_PLACE * np.sqrt(places)
        lat = SOUTH + rng.uniform(0, side, places) / KM_PER_DEGREE
        lon = WEST + rng.uniform(0, side, places) / (KM_PER_DEGREE * np.cos(np.radians(SOUTH)))
        return cls(np.column_stack([lat, lon]), 1.0 / np.arange(1, places + 1))

    def settle(self, people: int, rng: np.random.Generator) -> tuple[Ints, Doubles, Doubles]:
        """(people,) places, and degrees of latitude and longitude around their centres."""
        place = rng.choice(len(self), people, p=self.size / self.size.sum())
        spread = NARROW_KM + WIDE_KM * np.sqrt(self.size[place])
        lat = self.centres[place, 0] + rng.normal(0, spread) / KM_PER_DEGREE
        lon = self.centres[place, 1] + rng.normal(0, spread) / (KM_PER_DEGREE * np.cos(np.radians(lat)))
        return place, np.round(lat, 4), np.round(lon, 4)

    def nearness(self) -> Doubles:
        """(p, p) how often people of one place meet those of another: its size, less with the distance."""
        lat, lon = self.centres.T
        north = (lat[:, None] - lat) * KM_PER_DEGREE
        east = (lon[:, None] - lon) * KM_PER_DEGREE * np.cos(np.radians(SOUTH))
        return np.asarray(np.exp(-np.hypot(north, east) / TRAVEL_KM) * self.size)


def place_label(place: int) -> str:
    """The name of a place.

    >>> place_label(0), place_label(len(PLACES))
    ('Alderbrook', 'Alderbrook 2')
    """
    again, name = divmod(place, len(PLACES))
    return PLACES[name] if not again else f"{PLACES[name]} {again + 1}"
