"""A finished list, as it is served, recorded, explained, and served again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.domain.answer import Answer
from twofold.domain.candidate import Floats, Keys
from twofold.domain.impression import ShownList

Recipe = tuple[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class MadeList:
    """A finished list, to be served again and to be explained.

    Args:
        recipe: what was asked: length, exclude.
        keys: (k,) who is on it, in order.
        sources, own: names (s,) of the sources, and their own scores (k, s); NaN where one did not bring the person.
    """

    recipe: Recipe
    model: str
    keys: Keys
    sources: tuple[str, ...]
    own: Floats
    answer: Answer
    shown: ShownList

    def place_of(self, key: int) -> int | None:
        """Where somebody stands on the list, 0 for the top; None when they are not on it."""
        return next(iter(np.flatnonzero(self.keys == key).tolist()), None)

    def brought(self, place: int) -> dict[str, float]:
        """Own scores of the sources that brought the person at a place."""
        scores = self.own[place].tolist()
        return {name: own for name, own in zip(self.sources, scores, strict=True) if own == own}
