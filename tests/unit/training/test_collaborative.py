"""The first stage: the founding document's matrix, and what a fit promises."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from twofold.models.index import VectorIndex
from twofold.models.vectors import Vectors
from twofold.training.collaborative import fit_vectors
from twofold.training.decisions import Decisions
from twofold.training.early import REGULARIZATIONS
from twofold.training.retrieval import LaterLikes

A, B, C = 10, 11, 12


def likes(rows: list[tuple[int, int]], labels: list[int] | None = None) -> Decisions:
    actor, target = np.array(rows, np.int64).T
    label = np.ones(len(rows), np.int8) if labels is None else np.array(labels, np.int8)
    return Decisions(actor, target, label, label.astype(np.float32), np.arange(len(rows)))


def fit(decisions: Decisions, people: int, seed: int = 0, threads: int = 1, regularization: float = 10.0) -> Vectors:
    return fit_vectors(
        decisions,
        people,
        regularization=regularization,
        seed=seed,
        threads=threads,
        done=lambda _: None,
        as_of=0,
        position=0,
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_documents_matrix_gives_person_four(seed: int) -> None:
    """A likes 1 and 3, B likes 1, 3 and 4, C likes 2: A gets Person4."""
    vectors = fit(likes([(A, 1), (A, 3), (B, 1), (B, 3), (B, 4), (C, 2)]), 13, seed, regularization=REGULARIZATIONS[0])
    viewer = vectors.viewer(A)
    assert viewer is not None
    unseen = np.array([2, 4])
    keys, scores = VectorIndex.build(vectors.candidates, vectors.has_candidate).search(viewer, unseen, 2)
    assert keys.tolist() == [4, 2]
    assert scores[0] > scores[1] + 0.1


def crowd(rng: np.random.Generator, people: int = 120) -> Decisions:
    """Two camps, each liking its own."""
    rows = [(a, b) for a in range(people) for b in rng.choice(people, 12, replace=False).tolist() if a % 2 == b % 2]
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
    fit_vectors(likes([(0, 1)]), 2, regularization=1.0, seed=0, threads=1, done=seen.append, as_of=0, position=0)
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
