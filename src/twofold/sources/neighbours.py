"""People whose taste is like the viewer's, and whom they like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Floats, Keys
from twofold.population.population import Population


@dataclass(frozen=True, slots=True)
class Support:
    """Whom a viewer's neighbours like.

    Args:
        keys: (m,) people liked by at least one neighbour, sorted.
        weights: (m,) summed similarity of the neighbours who like them.
        people: (m,) how many different neighbours like them.
    """

    keys: Keys
    weights: Doubles
    people: Keys

    def likers(self, keys: Keys) -> Keys:
        """(m,) how many different neighbours like each person."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.people[place], 0)


def support(population: Population, neighbours: Keys, similarities: Floats, latest: int, as_of: AsOf) -> Support:
    """What the latest likes of the neighbours add up to; somebody liked twice by one neighbour counts once.

    >>> from twofold.domain.changes import EventColumns
    >>> town = Population([], EventColumns.empty(), 0)
    >>> support(town, np.array([3]), np.array([0.9], np.float32), 200, AsOf.at(0)).likers(np.array([5])).tolist()
    [0]
    """
    theirs = population.given.latest(neighbours, as_of, latest)
    theirs = theirs.take(theirs.positive)
    people = len(population.columns.present)
    pairs = np.unique(theirs.row * people + theirs.other)
    keys, place = np.unique(pairs % max(people, 1), return_inverse=True)
    weights = np.bincount(place, similarities[pairs // max(people, 1)], len(keys))
    return Support(keys, weights.astype(np.float64), np.bincount(place, minlength=len(keys)))
