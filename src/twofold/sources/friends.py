"""The source of friends of friends: whom the people like that the viewer likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Candidates, Keys
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.population.history import DECIDES, POSITIVE
from twofold.population.population import LATEST_DECISIONS, Population
from twofold.sources.neighbours import NOBODY, Support, likes_of, strongest


class FriendsSource:
    """Brings people who are liked by people whom the viewer likes, counting each of these by how choosy they are.

    Somebody who likes many says less by each like: weight 1 / log(2 + likes) (Adamic and Adar, 2003).

    Args:
        model: not needed here; all sources are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> FriendsSource(Population([], EventColumns.empty(), 0)).name
    'friends'
    """

    @dataclass(frozen=True, slots=True)
    class Config:
        """The ``latest`` so many likes of the viewer and of each whom they like are followed.

        "Liked by people you like" is told from ``told_from`` of them on, so that no single act can be read out of it.
        """

        latest: int = LATEST_DECISIONS
        told_from: int = 3

    name = "friends"

    def __init__(self, population: Population, model: LoadedModel | None = None, config: Config | None = None) -> None:
        self._population, self._config = population, config or self.Config()
        self._kept: tuple[str, int, Support] | None = None

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """By the sum of the weights of those who like them."""
        return Candidates(*strongest(self._found(query), eligible, limit))

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """When enough of them do."""
        told = self._found(query).likers(keys) >= self._config.told_from
        return ["Liked by several people you like" if each else None for each in told.tolist()]

    def _found(self, query: Query) -> Support:
        """As `_look`, kept for the reasons of the same list."""
        if self._kept is None or self._kept[:2] != (query.request_id, query.viewer):
            self._kept = (query.request_id, query.viewer, self._look(query))
        return self._kept[2]

    def _look(self, query: Query) -> Support:
        """Who is liked by those the viewer likes."""
        given = self._population.given
        acts = given.acts_of(query.viewer, query.as_of)
        liked = liked_among(acts.other, acts.kind, DECIDES, POSITIVE, self._config.latest)
        if not len(liked):
            return NOBODY
        theirs = self._population.standing(given.latest_at(liked, query.as_of, self._config.latest))
        likes = np.bincount(theirs.row, theirs.positive, len(liked))
        return likes_of(theirs, 1 / np.log(2 + likes))


@compiled
def liked_among(
    other: Column[np.int32], kind: Column[np.int8], decides: Column[np.bool_], positive: Column[np.bool_], most: int
) -> Keys:
    """Whom somebody likes among their latest decisions, at most so many; sorted, nobody twice.

    Args:
        other, kind: what they did, in the order of time.
        decides, positive: (kinds,) which are decisions, and which are likes.
    """
    liked, count, left, place = np.empty(most, np.int64), 0, most, len(other)
    while place and left:
        place -= 1
        if decides[kind[place]]:
            left -= 1
            if positive[kind[place]]:
                liked[count] = other[place]
                count += 1
    return np.unique(liked[:count])
