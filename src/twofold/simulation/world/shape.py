"""What may be asked of a world."""

from __future__ import annotations

from dataclasses import dataclass

from twofold.domain.errors import InvalidInput
from twofold.domain.time import Micros

SMALLEST = 100
LARGEST = 10_000_000
# Worlds of an older number are not read: raise it when the same shape comes to mean other people or events.
FORMAT = 1
# Any moment, always the same, so that equal shapes are equal worlds: 2026-10-01.
NOW = Micros(1_790_812_800_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One world; equal shapes are equal worlds.

    Args:
        people: how many.
        seed: of all chance.
        unlimited: share of people who do not limit the distance; the others look within 50 km.
        flat: everybody is as popular as anybody else.
        events: per person, about.

    >>> Shape(people=10_000).name
    'world-1-10000-0-u5'
    """

    people: int
    seed: int = 0
    unlimited: float = 0.05
    flat: bool = False
    events: float = 27.0

    def check(self) -> None:
        """Raise `InvalidInput` for what cannot be."""
        if not SMALLEST <= self.people <= LARGEST:
            raise InvalidInput("people", f"a number from {SMALLEST} to {LARGEST}")
        if not 0 <= self.unlimited <= 1:
            raise InvalidInput("unlimited", "a share from 0 to 1")

    @property
    def name(self) -> str:
        """A folder's name that tells it from all others."""
        flat = "-flat" if self.flat else ""
        return f"world-{FORMAT}-{self.people}-{self.seed}-u{self.unlimited * 100:g}{flat}"
