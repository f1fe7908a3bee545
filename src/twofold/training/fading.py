"""How fast a like fades in what is popular lately: the half-life that finds most of the later likes."""

from __future__ import annotations

import numpy as np

from twofold.domain.time import MICROS_PER_DAY, day_of
from twofold.population.decay import HALF_LIFE_DAYS, weights
from twofold.population.popularity import HALF_LIVES
from twofold.training.course import Course
from twofold.training.decisions import Decisions
from twofold.training.retrieval import LaterLikes

# In days, tried in this order; the first of equals is kept, and where nothing can be measured the first.
# What is popular after this share of the decisions is measured by the likes of the rest.
KNOWN = 0.8


def choose_half_life(run: Course, decisions: Decisions, people: int) -> tuple[int, dict[str, float]]:
    """The half-life in days, and figures: the recall of each that was measured, and the chosen one.

    Args:
        decisions: all, in the order of time.
        people: keys are below it.
    """
    cut = decisions.cut(KNOWN)
    if cut is None:
        return HALF_LIFE_DAYS, {"popular_half_life_days": HALF_LIFE_DAYS}
    early = decisions.before(cut)
    later = LaterLikes.of(early, decisions.since(cut), people, np.random.default_rng(run.seed))
    if not len(later.viewers):
        return HALF_LIFE_DAYS, {"popular_half_life_days": HALF_LIFE_DAYS}
    likes = early.take(early.label == 1)
    ago = day_of(cut) - likes.at // MICROS_PER_DAY
    recalls = [
        later.recall_of_popularity(np.bincount(likes.target, weights(ago, days), people).astype(np.float32))
        for days in HALF_LIVES
    ]
    best = int(np.argmax(recalls))
    return HALF_LIVES[best], {"popular_half_life_days": HALF_LIVES[best], "popular_recall_at_20": recalls[best]}
