"""The synthetic town: its people, what they did to each other, and the truth about what they want."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from twofold.domain.errors import InvalidInput
from twofold.domain.person import Person
from twofold.domain.time import EPOCH, Micros
from twofold.simulation.life import live
from twofold.simulation.residents import Doubles, Ints, Residents, draw_residents
from twofold.simulation.taste import Taste, draw_taste
from twofold.simulation.trail import Trail
from twofold.simulation.words import CLOSINGS, GENDERS, INTERESTS, OPENINGS, PLACES

SMALLEST = 2
WITH_BIO = 0.85


@dataclass(frozen=True, slots=True)
class Town:
    """People and events; actor and target are places in ``people``. Columns (m,), by time, all before now.

    Matches are not among the events: whoever stores the likes derives them.

    >>> town = build_town(40, 200, seed=1, now=Micros(1_700_000_000_000_000))
    >>> len(town.people), town.people[0].id
    (40, 'p00000')
    >>> town.like_probability(np.array([0]), np.array([1])).shape
    (1,)
    """

    people: list[Person]
    actor: Ints
    target: Ints
    kind: NDArray[np.int8]
    at: Ints
    taste: Taste

    def __len__(self) -> int:
        """How many events there are."""
        return len(self.actor)

    def like_probability(self, viewers: Ints, candidates: Ints) -> Doubles:
        """(m,) the truth: P(viewer likes candidate), for pairs of places in ``people``."""
        return self.taste.like_probability(viewers, candidates)


def build_town(people: int, events: int, seed: int, now: Micros) -> Town:
    """A town of so many people and at most so many events, the same for the same arguments.

    Fewer events come out where the town is too small for them: nobody decides on the same person twice.

    Raises:
        InvalidInput: for fewer than 2 people or a negative number of events.
    """
    if people < SMALLEST:
        raise InvalidInput("people", f"at least {SMALLEST}")
    if events < 0:
        raise InvalidInput("events", "a number not below 0")
    rng = np.random.default_rng(seed)
    residents = draw_residents(people, now, rng)
    trail, taste = live(residents, draw_taste(residents, rng), events, rng)
    persons = _persons(residents, trail, rng)
    return Town(persons, trail.actor, trail.target, trail.kind, trail.at, taste)


def _persons(residents: Residents, trail: Trail, rng: np.random.Generator) -> list[Person]:
    """The columns as people, last seen when they did something last."""
    count = len(residents)
    last = residents.created.copy()
    np.maximum.at(last, trail.actor, trail.at)
    interests = [_labels(bits) for bits in residents.interests.tolist()]
    bios = _bios(residents, interests, rng)
    columns = zip(
        (EPOCH.toordinal() + residents.birth_day).tolist(),
        residents.gender.tolist(),
        residents.seeking.tolist(),
        residents.place.tolist(),
        residents.lat.tolist(),
        residents.lon.tolist(),
        residents.min_age.tolist(),
        residents.max_age.tolist(),
        residents.max_distance.tolist(),
        residents.created.tolist(),
        last.tolist(),
        residents.active.tolist(),
        strict=True,
    )
    width = max(5, len(str(count - 1)))
    return [
        Person(
            id=f"p{number:0{width}d}",
            birth_date=date.fromordinal(birth),
            gender=GENDERS[gender],
            seeking=() if all(sought) else tuple(g for g, wanted in zip(GENDERS, sought, strict=True) if wanted),
            place=PLACES[place],
            lat=lat,
            lon=lon,
            interests=interests[number],
            bio=bios[number],
            min_age=low or None,
            max_age=high if low else None,
            max_distance_km=None if np.isnan(distance) else distance,
            created_at=Micros(created),
            last_active_at=Micros(seen),
            active=active,
        )
        for number, (birth, gender, sought, place, lat, lon, low, high, distance, created, seen, active) in enumerate(
            columns
        )
    ]


def _labels(bits: int) -> tuple[str, ...]:
    """The interests of a bit set."""
    return tuple(label for place, label in enumerate(INTERESTS) if bits >> place & 1)


def _bios(residents: Residents, interests: list[tuple[str, ...]], rng: np.random.Generator) -> list[str | None]:
    """Two made-up phrases about an own interest and the place; none for 15 %."""
    count = len(residents)
    some = (rng.random(count) < WITH_BIO).tolist()
    opening = rng.integers(len(OPENINGS), size=count).tolist()
    closing = rng.integers(len(CLOSINGS), size=count).tolist()
    turn = rng.integers(10, size=count).tolist()
    places = residents.place.tolist()
    bios: list[str | None] = []
    for number, mine in enumerate(interests):
        words = {"place": PLACES[places[number]], "interest": mine[turn[number] % len(mine)]}
        text = f"{OPENINGS[opening[number]]} {CLOSINGS[closing[number]]}"
        bios.append(text.format(**words) if some[number] else None)
    return bios
