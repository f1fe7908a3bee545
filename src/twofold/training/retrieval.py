"""What the first stage finds: recall of later likes, beside what plain popularity finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.metrics.lists import recall_at
from twofold.models.vectors import Vectors
from twofold.training.decisions import Decisions

K = 20
# Enough for about two points of recall either way, and a fraction of a second at 20,000 people.
MOST_VIEWERS = 300
# With fewer viewers the figure says more about them than about the model.
FEWEST_VIEWERS = 20
CHUNK = 32
# Of more people who decided later only so many are looked at for viewers.
MOST_ASKED = 20_000
# Of rows longer than this every so manyth place tells how little is too little for the first places.
LONG, STEP = 50_000, 64

Scores = Callable[[Keys], Floats]


@dataclass(frozen=True, slots=True)
class LaterLikes:
    """A sample of viewers, what they had decided, and whom they liked later for the first time.

    Args:
        viewers: (v,) keys; 0 or at least `FEWEST_VIEWERS`.
        decided, liked: per viewer the keys.
        popularity: (people,) likes received before.
    """

    viewers: Keys
    decided: tuple[Keys, ...]
    liked: tuple[Keys, ...]
    popularity: Floats

    @classmethod
    def of(cls, early: Decisions, later: Decisions, people: int, rng: np.random.Generator) -> LaterLikes:
        """Of people who liked somebody early and somebody new later, who had been liked before."""
        popularity = np.bincount(early.target[early.label == 1], minlength=people).astype(np.float32)
        early, later = _of_few(early, later, people, rng)
        likes = early.take(early.label == 1)
        seen = np.unique(early.actor * people + early.target)
        wanted = later.take((later.label == 1) & (popularity[later.target] > 0))
        wanted = wanted.take(~np.isin(wanted.actor * people + wanted.target, seen))
        viewers = np.intersect1d(likes.actor, wanted.actor)
        if len(viewers) < FEWEST_VIEWERS:
            viewers = viewers[:0]
        viewers = np.sort(rng.permutation(viewers)[:MOST_VIEWERS])
        return cls(viewers, _targets(early, viewers), _targets(wanted, viewers), popularity)

    def recall_of(self, vectors: Vectors) -> float:
        """Recall@20 of the nearest by inner product; NaN without viewers."""
        return self.recall_between(vectors.viewers, vectors.candidates, vectors.has_candidate)

    def recall_between(self, viewers: Floats, candidates: Floats, known: NDArray[np.bool_]) -> float:
        """As `recall_of`, of both matrices, and who is known as a candidate."""
        absent = np.where(known, np.float32(0), np.float32(-np.inf))
        return self._recall(lambda keys: viewers[keys] @ candidates.T + absent)

    def recall_of_popularity(self, popularity: Floats | None = None) -> float:
        """Recall@20 of those who were liked most, or have most of another (people,) popularity; NaN without viewers."""
        popularity = self.popularity if popularity is None else popularity
        return self._recall(lambda keys: np.tile(popularity, (len(keys), 1)))

    def _recall(self, scores: Scores) -> float:
        found: list[float] = []
        for start in range(0, len(self.viewers), CHUNK):
            matrix = scores(self.viewers[start : start + CHUNK])
            for row, place in zip(matrix, range(start, start + CHUNK), strict=False):
                row[self.decided[place]] = -np.inf
                found.append(recall_at(_top(row).tolist(), set(self.liked[place].tolist()), K))
        return float(np.mean(found)) if found else float("nan")


def _of_few(early: Decisions, later: Decisions, people: int, rng: np.random.Generator) -> tuple[Decisions, Decisions]:
    """The decisions of some of those who decided later, where these are many."""
    actors = np.flatnonzero(np.bincount(later.actor, minlength=people))
    if len(actors) <= MOST_ASKED:
        return early, later
    asked = np.zeros(people, bool)
    asked[rng.permutation(actors)[:MOST_ASKED]] = True
    return early.take(asked[early.actor]), later.take(asked[later.actor])


def _top(row: Floats) -> Keys:
    few = min(K, len(row))
    perhaps = np.arange(len(row))
    if len(row) > LONG:  # as many as are wanted reach this in a part of the row alone
        perhaps = np.flatnonzero(row >= np.partition(row[::STEP], -few)[-few])
    best = perhaps[np.argpartition(-row[perhaps], few - 1)[:few]]
    return np.asarray(best[np.argsort(-row[best], kind="stable")], np.int64)


def _targets(decisions: Decisions, viewers: Keys) -> tuple[Keys, ...]:
    order = np.argsort(decisions.actor, kind="stable")
    actor, target = decisions.actor[order], decisions.target[order]
    starts, ends = np.searchsorted(actor, viewers, "left"), np.searchsorted(actor, viewers, "right")
    return tuple(target[start:end] for start, end in zip(starts, ends, strict=True))
