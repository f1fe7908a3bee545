"""People whose taste is like the viewer's, and whom they like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Doubles, Floats, Keys
from twofold.population.latest import Latest
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
        return counts_of(keys, self.keys, self.people)


@compiled
def counts_of(keys: Column[np.int64], known: Column[np.int64], counts: Column[np.int64]) -> Keys:
    """(m,) the counts of some keys, among known ones, which rise; 0 of all others."""
    found = np.zeros(len(keys), np.int64)
    for row in range(len(keys)):
        place = np.searchsorted(known, keys[row])
        if place < len(known) and known[place] == keys[row]:
            found[row] = counts[place]
    return found


NOBODY = Support(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))


def strongest(found: Support, eligible: Keys, limit: int) -> tuple[Keys, Floats]:
    """At most so many of the eligible, by falling weights, equals by key; and these weights."""
    keys, weights = np.empty(limit, np.int64), np.empty(limit, np.float32)
    count = by_weight(found.keys, found.weights, eligible, keys, weights)
    return keys[:count], weights[:count]


def support(population: Population, neighbours: Keys, similarities: Floats, latest: int, moment: int) -> Support:
    """What the latest likes of the neighbours add up to; somebody liked twice by one neighbour counts once.

    >>> from twofold.domain.changes import EventColumns
    >>> town = Population([], EventColumns.empty(), 0)
    >>> support(town, np.array([3]), np.array([0.9], np.float32), 200, 0).likers(np.array([5])).tolist()
    [0]
    """
    theirs = population.given.latest_at(neighbours, moment, latest)
    return likes_of(theirs, similarities.astype(np.float64))


def likes_of(theirs: Latest, weights: Doubles) -> Support:
    """What the likes among some people's decisions add up to, each counting what its owner does.

    Args:
        theirs: of m people.
        weights: (m,).
    """
    likes = (theirs.other * len(weights) + theirs.row)[theirs.positive]
    likes.sort()
    return Support(*added_up(likes, weights))


@compiled
def added_up(likes: Column[np.int64], weights: Column[np.float64]) -> tuple[Keys, Doubles, Keys]:
    """Whom the likes are of (sorted), the sums of the weights of those who like them, and how many these are.

    Args:
        likes: rising; the person liked times m, and the place of who likes.
        weights: (m,) by place; a like that is there twice counts once.
    """
    keys, sums, people = np.empty(len(likes), np.int64), np.zeros(len(likes)), np.zeros(len(likes), np.int64)
    last = -1
    for number in range(len(likes)):
        if number and likes[number] == likes[number - 1]:
            continue
        key, place = likes[number] // len(weights), likes[number] % len(weights)
        if last < 0 or keys[last] != key:
            last += 1
            keys[last] = key
        sums[last] += weights[place]
        people[last] += 1
    return keys[: last + 1], sums[: last + 1], people[: last + 1]


@compiled
def by_weight(
    keys: Column[np.int64],
    weights: Column[np.float64],
    eligible: Column[np.int64],
    best: Written[np.int64],
    figures: Written[np.float32],
) -> int:
    """How many of some rising keys are eligible, at most as many as there is room for: these by falling weights, equals
    by key, and their weights."""
    places, count = np.empty(len(keys), np.int64), 0
    for place in range(len(keys)):
        found = np.searchsorted(eligible, keys[place])
        if found < len(eligible) and eligible[found] == keys[place]:
            places[count] = place
            count += 1
    order = np.argsort(-weights[places[:count]], kind="mergesort")
    count = min(count, len(best))
    for number in range(count):
        place = places[order[number]]
        best[number], figures[number] = keys[place], weights[place]
    return count
