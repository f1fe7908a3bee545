"""Vectors: absent ones are None or zeros, and folding in is one more step of the fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from twofold.domain.candidate import Doubles, Floats
from twofold.models import vectors as module
from twofold.models.vectors import LEVELS, Vectors, levels_of


def some_vectors() -> Vectors:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(2, 30, 8)).astype(np.float32)
    has = np.ones(30, bool)
    has[[3, 4]] = False
    return Vectors(matrix[0], matrix[1], has, has.copy(), regularization=2.0, confidence=5.0)


@pytest.fixture
def vectors() -> Vectors:
    return some_vectors()


def test_nobody_is_invented(vectors: Vectors) -> None:
    assert vectors.viewer(3) is None
    assert vectors.viewer(30) is None
    assert vectors.viewer(-1) is None
    rows, known = vectors.as_candidates(np.array([4, 99, 5]))
    assert known.tolist() == [False, False, True]
    assert not rows[:2].any()
    np.testing.assert_array_equal(rows[2], vectors.candidates[5])


def solved(vectors: Vectors, liked: list[int], weights: list[float]) -> Doubles:
    """One person's vector by the normal equations over everybody, none of it updated or batched."""
    known = vectors.candidates[vectors.has_candidate].astype(np.float64)
    everyone = np.flatnonzero(vectors.has_candidate).tolist()
    by_key = dict(zip(liked, weights, strict=True))
    confidence = np.array([by_key[key] * vectors.confidence if key in by_key else 1.0 for key in everyone])
    wanted = np.array([float(key in by_key) for key in everyone])
    left = known.T @ np.diag(confidence) @ known + vectors.regularization * np.eye(known.shape[1])
    return np.asarray(np.linalg.solve(left, known.T @ (confidence * wanted)))


def fold(vectors: Vectors, liked: list[int], weights: list[float]) -> Floats | None:
    row = np.zeros(len(liked), np.int64)
    found, known = vectors.fold_in(row, np.array(liked, np.int64), np.array(weights, np.float32), 1)
    return found[0] if known[0] else None


@pytest.mark.parametrize("likes", [1, 2, 3, 7, 8, 9, 20, 28])
def test_fold_in_solves_the_weighted_least_squares(vectors: Vectors, likes: int) -> None:
    """For fewer likes than the eight dimensions, for as many, and for more."""
    rng = np.random.default_rng(likes)
    liked = rng.permutation(np.flatnonzero(vectors.has_candidate))[:likes].tolist()
    weights = rng.choice([1.0, 2.0], likes).tolist()
    folded = fold(vectors, liked, weights)
    assert folded is not None
    np.testing.assert_allclose(folded, solved(vectors, liked, weights), rtol=1e-4, atol=1e-6)


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.integers(0, 32), st.sampled_from([1.0, 2.0]), max_size=30), max_size=7))
@pytest.mark.parametrize("batch", [1, 10, 1 << 17])
def test_many_people_at_once_equal_one_after_the_other(batch: int, people: list[dict[int, float]]) -> None:
    vectors = some_vectors()
    row = np.repeat(np.arange(len(people)), [len(likes) for likes in people]).astype(np.int64)
    liked = np.array([key for likes in people for key in likes], np.int64)
    weights = np.array([weight for likes in people for weight in likes.values()], np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH", batch)
        folded, known = vectors.fold_in(row, liked, weights, len(people))
    for place, likes in enumerate(people):
        usable = [key for key in likes if key < 30 and vectors.has_candidate[key]]
        assert known[place] == bool(usable)
        expected = solved(vectors, usable, [likes[key] for key in usable]) if usable else np.zeros(8)
        np.testing.assert_allclose(folded[place], expected, rtol=1e-4, atol=1e-5)


def test_fold_in_equals_the_library() -> None:
    rng = np.random.default_rng(1)
    likes = csr_matrix((rng.random((40, 30)) < 0.2).astype(np.float32) * 20)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(8, regularization=10.0, alpha=1.0, iterations=3, num_threads=1, random_state=0)
        model.fit(likes, show_progress=False)
        expected = model.recalculate_user(0, likes[0])
    ours = Vectors(np.zeros((30, 8), np.float32), model.item_factors, np.ones(30, bool), np.ones(30, bool), 10.0, 20.0)
    liked = likes[0].indices.tolist()
    folded = fold(ours, liked, [1.0] * len(liked))
    assert folded is not None
    np.testing.assert_allclose(folded, expected, rtol=1e-3, atol=1e-4)


def test_fold_in_passes_over_people_without_vectors(vectors: Vectors) -> None:
    assert fold(vectors, [3, 99], [1.0, 1.0]) is None
    assert fold(vectors, [], []) is None
    np.testing.assert_array_equal(fold(vectors, [3, 5], [1.0, 1.0]), fold(vectors, [5], [1.0]))


def test_a_rank_is_the_share_of_pairs_below() -> None:
    rng = np.random.default_rng(3)
    viewers, candidates = rng.standard_normal((2, 400, 8)).astype(np.float32)
    everyone = np.ones(400, bool)
    levels = levels_of(viewers, candidates, rng)
    assert len(levels) == LEVELS
    assert (np.diff(levels) >= 0).all()
    vectors = Vectors(viewers, candidates, everyone, everyone, 1.0, levels=levels)
    products = (viewers.astype(np.float64) @ candidates.T).ravel()
    for product in (-3.0, 0.0, 1.5):
        assert vectors.rank_of(np.array([product]))[0] == pytest.approx((products < product).mean(), abs=0.02)
    ranks = vectors.rank_of(np.array([np.nan, -1e9, 1e9]))
    assert np.isnan(ranks[0])
    assert ranks[1:].tolist() == [0, 1]
    rising = vectors.rank_of(np.linspace(-5, 5, 100))
    assert (np.diff(rising) >= 0).all()


def test_without_pairs_every_rank_is_the_middle(vectors: Vectors) -> None:
    assert not len(levels_of(np.empty((0, 8), np.float32), vectors.candidates, np.random.default_rng(0)))
    ranks = vectors.rank_of(np.array([-7.0, np.nan]))
    assert ranks[0] == 0.5
    assert np.isnan(ranks[1])


def test_a_deviation_is_counted_from_everybody_on_the_other_side(vectors: Vectors) -> None:
    for side, rows in (("candidates", vectors.candidates), ("viewers", vectors.viewers)):
        others = rows[vectors.has_candidate].astype(np.float64) @ vectors.viewers[0].astype(np.float64)
        found = vectors.deviation_of(vectors.viewers[:1], others, "viewers" if side == "viewers" else "candidates")
        np.testing.assert_allclose(found, (others - others.mean()) / others.std(), rtol=1e-6)


def test_unequal_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Vectors(np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32), np.ones(2, bool), np.ones(1, bool), 1.0)
