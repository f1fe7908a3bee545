"""The first stage: the founding document's matrix, and what a fit promises."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from twofold.models.index import VectorIndex
from twofold.models.vectors import Vectors
from twofold.training import early, retrieval
from twofold.training.collaborative import ITERATIONS, Start, fit_vectors, likes_of
from twofold.training.course import Course
from twofold.training.decisions import Decisions
from twofold.training.early import REGULARIZATIONS
from twofold.training.retrieval import LaterLikes

A, B, C = 10, 11, 12


def likes(rows: list[tuple[int, int]], labels: list[int] | None = None) -> Decisions:
    actor, target = np.array(rows, np.int64).T
    label = np.ones(len(rows), np.int8) if labels is None else np.array(labels, np.int8)
    return Decisions(actor, target, label, label.astype(np.float32), np.arange(len(rows)))


def fit(
    decisions: Decisions,
    people: int,
    seed: int = 0,
    threads: int = 1,
    regularization: float = 10.0,
    iterations: int = ITERATIONS,
    start: Start | None = None,
) -> Vectors:
    return fit_vectors(
        likes_of(decisions, people),
        regularization=regularization,
        seed=seed,
        threads=threads,
        done=lambda _: None,
        as_of=0,
        position=0,
        iterations=iterations,
        start=start,
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_documents_matrix_gives_person_four(seed: int) -> None:
    """A likes 1 and 3, B likes 1, 3 and 4, C likes 2: A gets Person4."""
    vectors = fit(likes([(A, 1), (A, 3), (B, 1), (B, 3), (B, 4), (C, 2)]), 13, seed, regularization=REGULARIZATIONS[0])
    viewer = vectors.viewer(A)
    assert viewer is not None
    unseen = np.array([2, 4])
    keys, scores = VectorIndex(vectors.candidates, vectors.has_candidate).search(viewer, unseen, 2)
    assert keys.tolist() == [4, 2]
    assert scores[0] > scores[1] + 0.1


def crowd(rng: np.random.Generator, people: int = 120, camps: int = 2, drawn: int = 12) -> Decisions:
    """Camps, each liking its own."""
    drawn_of = ((a, rng.choice(people, drawn, replace=False).tolist()) for a in range(people))
    rows = [(a, b) for a, others in drawn_of for b in others if a % camps == b % camps]
    return likes([rows[place] for place in rng.permutation(len(rows))])


def test_candidates_have_a_mean_length_of_one_and_folding_in_gives_the_fitted_vector() -> None:
    pairs = [(a, b) for a in range(30) for b in range(30, 45) if (a * 7 + b * 3) % 5 < 2]
    vectors = fit(likes(pairs), 45)
    lengths = np.linalg.norm(vectors.candidates[vectors.has_candidate], axis=1)
    assert lengths.mean() == pytest.approx(1, rel=1e-5)
    liked = np.array(sorted(b for a, b in pairs if a == 3))
    ones = np.ones(len(liked), np.float32)
    (folded,), known = vectors.fold_in(np.zeros(len(liked), np.int64), liked, ones, 1)
    trained = vectors.viewer(3)
    assert known.all()
    assert trained is not None
    # The fit's last sweep is over candidates, so its viewers lag one half step behind.
    np.testing.assert_allclose(vectors.candidates @ folded, vectors.candidates @ trained, atol=0.05)


def test_equal_seeds_give_equal_vectors_whatever_the_threads() -> None:
    decisions = crowd(np.random.default_rng(1))
    one, two, other = fit(decisions, 120), fit(decisions, 120, threads=2), fit(decisions, 120, seed=1)
    assert_array_equal(one.viewers, two.viewers)
    assert_array_equal(one.candidates, two.candidates)
    assert (one.viewers != other.viewers).any()


def test_who_likes_and_is_liked_has_a_vector_and_nobody_else() -> None:
    vectors = fit(likes([(0, 1), (2, 1), (3, 4)], [1, 1, 0]), 6)
    assert np.flatnonzero(vectors.has_viewer).tolist() == [0, 2]
    assert np.flatnonzero(vectors.has_candidate).tolist() == [1]
    assert vectors.viewers.shape == vectors.candidates.shape == (6, 64)
    assert np.isfinite(vectors.viewers).all()


def test_a_like_taken_back_is_no_like() -> None:
    vectors = fit(likes([(0, 1), (2, 3), (0, 1)], [1, 1, 0]), 4)
    assert np.flatnonzero(vectors.has_candidate).tolist() == [3]


def test_a_vector_shrunk_to_nothing_is_none() -> None:
    vectors = fit(likes([(0, 1), (1, 0)]), 2, regularization=1_000.0)
    assert not vectors.has_viewer.any()
    assert not vectors.has_candidate.any()


def test_progress_ends_at_one() -> None:
    seen: list[float] = []
    fit_vectors(
        likes_of(likes([(0, 1)]), 2), regularization=1.0, seed=0, threads=1, done=seen.append, as_of=0, position=0
    )
    assert seen == sorted(seen)
    assert (len(seen), seen[-1]) == (15, 1.0)


def test_later_likes_are_found_better_than_by_popularity() -> None:
    decisions = crowd(np.random.default_rng(3), 200)
    half = len(decisions) // 2
    early, rest = decisions.take(slice(0, half)), decisions.take(slice(half, len(decisions)))
    later = LaterLikes.of(early, rest, 200, np.random.default_rng(0))
    assert len(later.viewers) > 100
    assert later.recall_of(fit(early, 200)) > later.recall_of_popularity() + 0.05


def test_too_few_viewers_are_not_measured() -> None:
    early, rest = likes([(0, 1), (2, 1), (2, 3)]), likes([(0, 3)])
    later = LaterLikes.of(early, rest, 4, np.random.default_rng(0))
    assert not len(later.viewers)
    assert np.isnan(later.recall_of_popularity())


def test_recall_counts_first_likes_of_known_people_only() -> None:
    crowd_early = [(viewer, target) for viewer in range(30) for target in (40, 41)] + [(39, 42)]
    crowd_later = [(viewer, target) for viewer in range(30) for target in (41, 42, 43)]
    later = LaterLikes.of(likes(crowd_early), likes(crowd_later), 44, np.random.default_rng(0))
    assert len(later.viewers) == 30
    assert all(liked.tolist() == [42] for liked in later.liked)
    assert later.recall_of_popularity() == 1.0


def test_a_fit_that_goes_on_from_an_earlier_one_needs_few_passes() -> None:
    decisions = crowd(np.random.default_rng(5), 150)
    half = decisions.take(slice(0, len(decisions) // 2))
    half = half.take((half.actor < 140) & (half.target < 140))
    whole, before = fit(decisions, 150), fit(half, 140)
    cold, warm = (fit(decisions, 150, iterations=4, start=start) for start in (None, Start(before, 10.0)))

    def off(vectors: Vectors) -> float:
        return float(np.abs(vectors.viewers @ vectors.candidates.T - whole.viewers @ whole.candidates.T).mean())

    assert off(warm) < off(cold)
    assert off(warm) < 0.02


def test_going_on_takes_vectors_up_as_they_were_left() -> None:
    decisions = crowd(np.random.default_rng(6), 60)
    before = fit(decisions, 60, regularization=30.0)
    viewers, candidates = Start(before, 30.0).matrices(62)
    np.testing.assert_allclose(
        viewers[:60] @ candidates[:60].T, before.viewers @ before.candidates.T, rtol=1e-3, atol=1e-5
    )
    one_more = fit(decisions, 60, regularization=30.0, iterations=16)
    again = fit(decisions, 60, regularization=30.0, iterations=1, start=Start(before, 30.0))
    np.testing.assert_allclose(again.candidates, one_more.candidates, rtol=1e-2, atol=1e-4)
    assert not viewers[60:].any()


def test_a_fit_ends_with_the_pass_that_reaches_no_more() -> None:
    reached = iter([0.1, 0.3, 0.3, 0.5])
    seen: list[float] = []
    decisions = crowd(np.random.default_rng(7), 60)
    stopped = fit_vectors(
        likes_of(decisions, 60),
        regularization=10.0,
        seed=0,
        threads=1,
        done=seen.append,
        as_of=0,
        position=0,
        measure=lambda *_: next(reached),
    )
    assert len(seen) == 3
    assert_array_equal(stopped.candidates, fit(decisions, 60, iterations=3).candidates)


def test_many_decisions_are_fitted_in_one_go_that_the_served_fit_takes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "MANY", 100)
    decisions, run = crowd(np.random.default_rng(8), 200, 5, 60), Course(0, 1, lambda *_: None)
    first = early.fit_early(run, decisions, 200)
    assert first.many
    assert first.vectors is not None
    assert first.metrics["recall_at_20"] > first.metrics["popularity_recall_at_20"]
    start = Start(first.vectors, first.regularization)
    served = early.fit_served(run, first, decisions, 200, 5, 6)
    goes_on = fit(decisions, 200, regularization=first.regularization, iterations=early.WARM, start=start)
    assert_array_equal(served.candidates, goes_on.candidates)
    assert run.rows["served_passes"] == early.WARM
    assert len(early.REGULARIZATIONS) <= run.rows["early_passes"] <= len(early.REGULARIZATIONS) * ITERATIONS
    assert 20 <= run.rows["recall_viewers"] <= 300


def test_of_many_who_decided_later_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "MOST_ASKED", 40)
    decisions = crowd(np.random.default_rng(3), 200)
    half = len(decisions) // 2
    before, rest = decisions.take(slice(0, half)), decisions.take(slice(half, len(decisions)))
    whole, some = (
        LaterLikes.of(before, part, 200, np.random.default_rng(0)) for part in (rest.take(slice(0, 0)), rest)
    )
    assert 20 <= len(some.viewers) <= 40
    assert_array_equal(some.popularity, whole.popularity)
    for viewer, decided in zip(some.viewers.tolist(), some.decided, strict=True):
        assert sorted(decided.tolist()) == sorted(before.target[before.actor == viewer].tolist())


@pytest.mark.parametrize("length", [30, 200, 1_000])
def test_the_first_of_a_long_row_are_those_of_sorting_it(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "LONG", 100)
    monkeypatch.setattr(retrieval, "STEP", 3)
    row = np.random.default_rng(length).permutation(length).astype(np.float32)
    row[:3] = -np.inf
    assert retrieval._top(row).tolist() == np.argsort(-row)[:20].tolist()
