"""What a list has to beat: chance, and what everybody likes anyway."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.event import POSITIVES
from twofold.domain.time import MICROS_PER_DAY, Micros

Lister = Callable[[int, Keys, int], Keys]
"""(viewer, eligible keys, k) -> at most k keys, best first."""

RECENT_DAYS = 30


def random_lists(rng: np.random.Generator) -> Lister:
    """Anybody eligible, at random."""
    return lambda _viewer, eligible, k: rng.permutation(eligible)[:k]


def popularity(past: EventColumns, rng: np.random.Generator, since: Micros | None = None) -> Lister:
    """Whoever was liked most (since a moment); ties in random order."""
    likes = past.take(np.isin(past.kind, tuple(POSITIVES)))
    if since is not None:
        likes = likes.take(likes.at >= since)
    received = np.bincount(likes.target).astype(np.float64) if len(likes) else np.zeros(0)
    return lambda _viewer, eligible, k: _top(eligible, received, k, rng)


def baselines(past: EventColumns, cut: Micros, rng: np.random.Generator) -> dict[str, Lister]:
    """All of them by name."""
    return {
        "random": random_lists(rng),
        "popularity": popularity(past, rng),
        f"popularity, {RECENT_DAYS} days": popularity(past, rng, Micros(cut - RECENT_DAYS * MICROS_PER_DAY)),
    }


def _top(eligible: Keys, scores: Doubles, k: int, rng: np.random.Generator) -> Keys:
    shuffled = rng.permutation(eligible)
    known = shuffled < len(scores)
    values = np.where(known, scores[np.where(known, shuffled, 0)] if len(scores) else 0.0, 0.0)
    return shuffled[np.argsort(-values, kind="stable")[:k]]
