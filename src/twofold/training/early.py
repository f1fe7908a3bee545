"""The early part: vectors from the first half of the time, which the ranker's rows may look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.models.vectors import NO_POSITION as ALL
from twofold.models.vectors import Vectors
from twofold.training.collaborative import ITERATIONS, fit_vectors
from twofold.training.course import Course
from twofold.training.decisions import CALIBRATE_FROM, EARLY_SHARE, Decisions
from twofold.training.retrieval import LaterLikes

# Tried in this order on later likes; the first of equals is kept.
REGULARIZATIONS = (10.0, 30.0, 100.0)
# Where nothing can be measured there is little to learn from, and the strongest penalty does least harm: on validation
# parts of movielens, too small to choose by itself, 100 found more than 10 or 30.
CAUTIOUS = REGULARIZATIONS[-1]
# Enough passes to tell the regularisations apart; the chosen one gets all of them.
SHORT = 5
# For the windows of the relevance head: near enough to a whole fit.
REFIT = 10


@dataclass(frozen=True, slots=True)
class Early:
    """Vectors of the early part (None when nobody liked anybody in it), and what they find later.

    ``cut`` is the first moment after the early part; None when all decisions have one time.
    """

    cut: int | None
    vectors: Vectors | None
    regularization: float
    metrics: dict[str, float]

    def decisions(self, decisions: Decisions) -> Decisions:
        """Those of the early part."""
        return decisions.take(slice(0, 0)) if self.cut is None else decisions.before(self.cut)


def fit_early(run: Course, decisions: Decisions, people: int, cut: int | None = None) -> Early:
    """Fit the early part with each regularisation and keep the one that finds most of the later likes.

    Args:
        cut: where the early part ends; None: where half of the decisions are over.
    """
    cut = decisions.cut(EARLY_SHARE) if cut is None else cut
    early = decisions.before(cut) if cut is not None else decisions.take(slice(0, 0))
    if cut is None or not early.label.any():
        return Early(cut, None, CAUTIOUS, {})
    later_ones = decisions.since(cut)
    chosen_on = later_ones.before(later_ones.cut(CALIBRATE_FROM) or cut)  # what is measured on later stays unseen
    later = LaterLikes.of(early, chosen_on, people, np.random.default_rng(run.seed))
    if not len(later.viewers):
        vectors = _fit(run, early, people, CAUTIOUS, 0.0, 1.0, cut)
        return Early(cut, vectors, CAUTIOUS, {"regularization": CAUTIOUS})
    chosen = _choose(run, early, people, later)
    vectors = _fit(run, early, people, chosen, 0.5, 0.5, cut)
    figures = {
        "regularization": chosen,
        "recall_at_20": later.recall_of(vectors),
        "popularity_recall_at_20": later.recall_of_popularity(),
    }
    return Early(cut, vectors, chosen, figures)


def _choose(run: Course, early: Decisions, people: int, later: LaterLikes) -> float:
    """The regularisation whose short fit finds most, in the first half of the stage."""
    step = 0.5 / len(REGULARIZATIONS)
    recalls = [
        later.recall_of(_fit(run, early, people, each, place * step, step, 0, SHORT))
        for place, each in enumerate(REGULARIZATIONS)
    ]
    return REGULARIZATIONS[int(np.argmax(recalls))]


def _fit(
    run: Course,
    early: Decisions,
    people: int,
    regularization: float,
    start: float,
    share: float,
    as_of: int,
    iterations: int = ITERATIONS,
) -> Vectors:
    return fit_vectors(
        early,
        people,
        regularization=regularization,
        seed=run.seed,
        threads=run.threads,
        done=lambda done: run.done(start + share * done),
        iterations=iterations,
        as_of=as_of,
        position=ALL,
    )


def refit_before(run: Course, known: Decisions, people: int, regularization: float, moment: int) -> Vectors | None:
    """Vectors of what was known at a moment, by a few passes; None when nobody had liked anybody."""
    if not known.label.any():
        return None
    return fit_vectors(
        known,
        people,
        regularization=regularization,
        seed=run.seed,
        threads=run.threads,
        done=lambda _: None,
        iterations=REFIT,
        as_of=moment,
        position=ALL,
    )
