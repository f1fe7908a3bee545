"""What the first stage finds: recall of later likes, beside what plain popularity finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

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
        likes = early.take(early.label == 1)
        popularity = np.bincount(likes.target, minlength=people).astype(np.float32)
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
        absent = np.where(vectors.has_candidate, np.float32(0), np.float32(-np.inf))
        return self._recall(lambda keys: vectors.viewers[keys] @ vectors.candidates.T + absent)

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


def _top(row: Floats) -> Keys:
    few = min(K, len(row))
    best = np.argpartition(-row, few - 1)[:few]
    return np.asarray(best[np.argsort(-row[best], kind="stable")], np.int64)


def _targets(decisions: Decisions, viewers: Keys) -> tuple[Keys, ...]:
    order = np.argsort(decisions.actor, kind="stable")
    actor, target = decisions.actor[order], decisions.target[order]
    starts, ends = np.searchsorted(actor, viewers, "left"), np.searchsorted(actor, viewers, "right")
    return tuple(target[start:end] for start, end in zip(starts, ends, strict=True))
