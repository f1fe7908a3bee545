"""The collaborative source: the viewer's own taste, and what people of like taste like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Candidates, Floats, Keys
from twofold.models.loaded import LoadedModel
from twofold.models.tastes import Tastes
from twofold.pipeline.query import Query
from twofold.population.population import Population
from twofold.sources.falling import falling
from twofold.sources.neighbours import Support, strongest, support


class CollaborativeSource:
    """Two ways to people, taken in turn: by the viewer's vector, and by the likes of the nearest other viewers.

    The own score is the place in the joined list, from 1 falling evenly towards 0: inner products of the one way and
    summed similarities of the other have no common scale.

    Brings nobody without a model, or for a viewer who has no vector and likes nobody the model knows.

    >>> from twofold.domain.changes import EventColumns
    >>> CollaborativeSource(Population([], EventColumns.empty(), 0)).name
    'collaborative'
    """

    @dataclass(frozen=True, slots=True)
    class Config:
        """How far to look: so many ``neighbours``, the ``latest`` so many likes of each (and of the viewer).

        "Liked by people with a taste like yours" is told from ``told_from`` different likers on, so that no single
        person's act can be read out of it; "similar to people you liked" of pairs whose vectors fit each other better
        than the ``alike`` share of all pairs.
        """

        neighbours: int = 50
        latest: int = 200
        told_from: int = 3
        alike: float = 0.9

    name = "collaborative"

    def __init__(self, population: Population, model: LoadedModel | None = None, config: Config | None = None) -> None:
        self._population, self._model, self._config = population, model, config or self.Config()
        vectors = model.vectors if model is not None else None
        self._tastes = None if vectors is None else Tastes(population, vectors)
        self._support: tuple[str, int, Support] | None = None
        self._kept_vector: tuple[tuple[str, int, int], Floats | None] | None = None

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """The two ways in turn, nobody twice; where one way ends the other goes on."""
        vector = self._vector(query)
        if vector is None or not len(eligible):
            return Candidates.none()
        own, liked = self._own_taste(vector, eligible, limit), self._liked(query, vector, eligible, limit)
        keys = interleave(own, liked, limit)
        return Candidates(keys, falling(len(keys)))

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """What people of like taste like, when enough of them do; else likeness to whom the viewer likes."""
        found, vector = self._support_of(query, None), self._vector(query)
        if vector is None or not len(self._population.likes_of(query.viewer, AsOf.at(query.as_of))):
            return [None] * len(keys)
        likers = [0] * len(keys) if found is None else found.likers(keys).tolist()
        least = self._config.told_from
        return [
            "People with a taste like yours liked this person"
            if count >= least
            else ("Similar to people you liked" if fits else None)
            for count, fits in zip(likers, self._fit(vector, keys).tolist(), strict=True)
        ]

    def _fit(self, vector: Floats, keys: Keys) -> NDArray[np.bool_]:
        """(m,) who is more to the viewer's taste than most people are to most."""
        assert self._tastes is not None
        appeal = self._tastes.candidates(keys)
        fit = self._tastes.vectors.rank_of(appeal.rows.astype(np.float64) @ vector)
        return np.asarray(appeal.known & (fit >= self._config.alike))

    def _vector(self, query: Query) -> Floats | None:
        """The viewer's vector: the model's, or folded in from their likes when they decided since it was trained."""
        if self._tastes is None:
            return None
        asked = query.request_id, query.viewer, self._population.position
        if self._kept_vector is None or self._kept_vector[0] != asked:
            self._kept_vector = asked, self._tastes.viewer(query.viewer, query.as_of)
        return self._kept_vector[1]

    def _own_taste(self, vector: Floats, eligible: Keys, limit: int) -> Keys:
        taste = self._model.taste if self._model is not None else None
        return np.empty(0, np.int64) if taste is None else taste.search(vector, eligible, limit)[0]

    def _liked(self, query: Query, vector: Floats, eligible: Keys, limit: int) -> Keys:
        """By the nearest other viewers."""
        found = self._support_of(query, vector)
        if found is None:
            return np.empty(0, np.int64)
        return strongest(found, eligible, limit)[0]

    def _support_of(self, query: Query, vector: Floats | None) -> Support | None:
        """The neighbours' likes, kept for the reasons of the same list."""
        kept = self._support
        if kept is not None and kept[:2] == (query.request_id, query.viewer):
            return kept[2]
        vector = self._vector(query) if vector is None else vector
        if vector is None or self._model is None or self._model.people is None:
            return None
        # One more than wanted: the viewer is their own nearest neighbour.
        keys, near = self._model.people.nearest(vector, self._config.neighbours + 1)
        if not len(keys):
            return None
        others = (keys != query.viewer) & (near > 0)
        keys, near = keys[others][: self._config.neighbours], near[others][: self._config.neighbours]
        found = support(self._population, keys, near, self._config.latest, query.as_of)
        self._support = (query.request_id, query.viewer, found)
        return found


@compiled
def interleave(one: Column[np.int64], other: Column[np.int64], limit: int) -> Keys:
    """The two lists in turn, each person where they come first, at most so many.

    >>> interleave(np.array([1, 2, 3, 4]), np.array([3, 5]), 4).tolist()
    [1, 3, 2, 5]
    """
    keys, count = np.empty(limit, np.int64), 0
    for place in range(max(len(one), len(other))):
        for mine in (one, other):
            if place < len(mine) and count < limit and not (keys[:count] == mine[place]).any():
                keys[count] = mine[place]
                count += 1
    return keys[:count]
