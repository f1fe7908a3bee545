"""The world: its people, and what they did to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from twofold.domain.person import Person
from twofold.domain.time import EPOCH, Micros
from twofold.simulation.residents import Ints, Residents
from twofold.simulation.words import GENDERS, INTERESTS
from twofold.simulation.world.deeds import Deeds, draw_deeds
from twofold.simulation.world.inhabitants import draw_inhabitants
from twofold.simulation.world.land import Land, place_label
from twofold.simulation.world.shape import Shape

PEOPLE_AT_ONCE = 20_000
BIO = "Made up for a benchmark; likes {interest}."


@dataclass(frozen=True, slots=True)
class World:
    """People as columns and events by time; actor and target are places in the columns.

    Matches are not among the events: whoever stores the likes derives them.

    >>> world = build_world(Shape(people=200, seed=1))
    >>> len(world.residents), next(world.people()).id
    (200, 'p0000000')
    """

    shape: Shape
    residents: Residents
    deeds: Deeds

    def people(self) -> Iterator[Person]:
        """Everybody, in the order of their places."""
        last = self.residents.created.copy()
        np.maximum.at(last, self.deeds.actor, self.deeds.at)
        for start in range(0, len(self.residents), PEOPLE_AT_ONCE):
            yield from _people(self.residents, last, start)

    def viewers(self, unlimited: bool) -> Ints:
        """Places of active people who look without a limit on distance, or of those with one."""
        chosen = np.isnan(self.residents.max_distance) == unlimited
        return np.flatnonzero(chosen & self.residents.active)


def build_world(shape: Shape) -> World:
    """Draw a world.

    Raises:
        InvalidInput: there can be no such world.
    """
    shape.check()
    rng = np.random.default_rng(shape.seed)
    land = Land.draw(shape.people, rng)
    residents = draw_inhabitants(shape, land, rng)
    return World(shape, residents, draw_deeds(shape, residents, land, rng))


def person_id(place: int) -> str:
    """The id of somebody by their place.

    >>> person_id(7)
    'p0000007'
    """
    return f"p{place:07d}"


def _people(residents: Residents, last: Ints, start: int) -> Iterator[Person]:
    rows = slice(start, start + PEOPLE_AT_ONCE)
    first_day = EPOCH.toordinal()
    columns = zip(
        residents.birth_day[rows].tolist(),
        residents.gender[rows].tolist(),
        residents.seeking[rows].tolist(),
        residents.place[rows].tolist(),
        residents.lat[rows].tolist(),
        residents.lon[rows].tolist(),
        residents.interests[rows].tolist(),
        residents.min_age[rows].tolist(),
        residents.max_age[rows].tolist(),
        residents.max_distance[rows].tolist(),
        residents.created[rows].tolist(),
        last[rows].tolist(),
        residents.active[rows].tolist(),
        strict=True,
    )
    for place, (birth, gender, sought, home, lat, lon, bits, low, high, far, created, seen, active) in enumerate(
        columns, start
    ):
        interests = tuple(label for bit, label in enumerate(INTERESTS) if bits >> bit & 1)
        yield Person(
            id=person_id(place),
            birth_date=date.fromordinal(first_day + birth),
            gender=GENDERS[gender],
            seeking=() if all(sought) else tuple(g for g, wanted in zip(GENDERS, sought, strict=True) if wanted),
            place=place_label(home),
            lat=lat,
            lon=lon,
            interests=interests,
            bio=BIO.format(interest=interests[0]) if place % 8 else None,
            min_age=low or None,
            max_age=high if low else None,
            max_distance_km=None if far != far else far,
            created_at=Micros(created),
            last_active_at=Micros(seen),
            active=active,
        )
