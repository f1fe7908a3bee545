"""Where chance comes from: anew for each request, or repeatable for one person on one day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from twofold.domain.time import Micros, day_of

Chance = Callable[[str, Micros], np.random.Generator]


def fresh_chance(person: str, as_of: Micros) -> np.random.Generator:
    """Another generator each time."""
    return np.random.default_rng()


def daily_chance(seed: int = 0) -> Chance:
    """The same generator for one person on one UTC day, so that what is looked at twice looks the same.

    >>> of = daily_chance(seed=1)
    >>> of("ada", Micros(5)).random() == of("ada", Micros(9)).random()
    True
    >>> of("ada", Micros(5)).random() == of("bob", Micros(5)).random()
    False
    """

    def chance(person: str, as_of: Micros) -> np.random.Generator:
        digest = hashlib.blake2b(person.encode(), digest_size=8).digest()
        return np.random.default_rng([seed, int.from_bytes(digest, "big"), day_of(as_of) & 0xFFFFFFFF])

    return chance
