"""The early part: vectors from the first half of the time, which the ranker's rows may look at; and fits that go on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from twofold.models.vectors import NO_POSITION as ALL
from twofold.models.vectors import Vectors
from twofold.training.collaborative import ITERATIONS, Done, Start, fit_vectors, likes_of
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
# With more early decisions than this a pass costs seconds, and so do wrong turns: one fit goes through all
# regularisations, and the served one goes on from it, by so many passes (ADR 0013).
MANY, WARM = 1_000_000, 2
# Passes over the likes, in the report: of all fits of the early part, and of the one that serves.
EARLY, SERVED = "early_passes", "served_passes"


@dataclass(frozen=True, slots=True)
class Early:
    """Vectors of the early part (None when nobody liked anybody in it), and what they find later.

    ``cut`` is the first moment after the early part; None when all decisions have one time. ``many`` tells that the
    served fit goes on from these vectors.
    """

    cut: int | None
    vectors: Vectors | None
    regularization: float
    metrics: dict[str, float]
    many: bool = False

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
    likes = likes_of(early, people)
    run.rows["recall_viewers"] = len(later.viewers)
    if not len(later.viewers):
        return Early(cut, _fit(run, likes, CAUTIOUS, _part(run, EARLY), cut), CAUTIOUS, {"regularization": CAUTIOUS})
    many = len(early) > MANY
    chosen, vectors = (_on_the_way if many else _each_alone)(run, likes, later, cut)
    figures = {
        "regularization": chosen,
        "recall_at_20": later.recall_of(vectors),
        "popularity_recall_at_20": later.recall_of_popularity(),
    }
    return Early(cut, vectors, chosen, figures, many)


def _each_alone(run: Course, likes: csr_matrix, later: LaterLikes, cut: int) -> tuple[float, Vectors]:
    """The regularisation whose short fit finds most, in the first half of the stage; then its whole fit."""
    step = 0.5 / len(REGULARIZATIONS)
    recalls = [
        later.recall_of(_fit(run, likes, each, _part(run, EARLY, place * step, step), 0, SHORT))
        for place, each in enumerate(REGULARIZATIONS)
    ]
    chosen = REGULARIZATIONS[int(np.argmax(recalls))]
    return chosen, _fit(run, likes, chosen, _part(run, EARLY, 0.5, 0.5), cut)


def _on_the_way(run: Course, likes: csr_matrix, later: LaterLikes, cut: int) -> tuple[float, Vectors]:
    """One fit from the weakest regularisation to the strongest, each going on from where the one before got.

    Passes go on while they find more, regularisations too. The other way round a penalty too strong would leave nothing
    to go on from.
    """
    best: tuple[float, Start] | None = None
    step = 1 / len(REGULARIZATIONS)
    for place, each in enumerate(REGULARIZATIONS):
        vectors = fit_vectors(
            likes,
            regularization=each,
            seed=run.seed,
            threads=run.threads,
            done=_part(run, EARLY, place * step, step),
            iterations=ITERATIONS,
            as_of=cut,
            position=ALL,
            start=best[1] if best else None,
            measure=later.recall_between,
        )
        found = later.recall_of(vectors)
        if best and found <= best[0]:
            break
        best = found, Start(vectors, each)
    assert best is not None
    return best[1].regularization, best[1].vectors


def _part(run: Course, passes: str, start: float = 0.0, share: float = 1.0) -> Done:
    """What tells of a part of the stage, and counts the passes under a name."""

    def tell(done: float) -> None:
        run.rows[passes] = run.rows.get(passes, 0) + 1
        run.done(start + share * done)

    return tell


def _fit(
    run: Course, likes: csr_matrix, regularization: float, done: Done, as_of: int, iterations: int = ITERATIONS
) -> Vectors:
    return fit_vectors(
        likes,
        regularization=regularization,
        seed=run.seed,
        threads=run.threads,
        done=done,
        iterations=iterations,
        as_of=as_of,
        position=ALL,
    )


def fit_served(run: Course, early: Early, decisions: Decisions, people: int, as_of: int, position: int) -> Vectors:
    """The vectors that serve, of all decisions.

    Args:
        as_of, position: up to where these go.
    """
    start = Start(early.vectors, early.regularization) if early.many and early.vectors is not None else None
    return fit_vectors(
        likes_of(decisions, people),
        regularization=early.regularization,
        seed=run.seed,
        threads=run.threads,
        done=_part(run, SERVED),
        iterations=ITERATIONS if start is None else WARM,
        as_of=as_of,
        position=position,
        start=start,
    )


def refit_before(run: Course, known: Decisions, people: int, regularization: float, moment: int) -> Vectors | None:
    """Vectors of what was known at a moment, by a few passes; None when nobody had liked anybody."""
    if not known.label.any():
        return None
    return _fit(run, likes_of(known, people), regularization, lambda _: None, moment, REFIT)
