"""Vectors: absent ones are None or zeros, and folding in is one more step of the fit."""

from __future__ import annotations

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from twofold.models.vectors import Vectors


@pytest.fixture
def vectors() -> Vectors:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(2, 30, 8)).astype(np.float32)
    has = np.ones(30, bool)
    has[[3, 4]] = False
    return Vectors(matrix[0], matrix[1], has, has.copy(), regularization=2.0, confidence=5.0)


def test_nobody_is_invented(vectors: Vectors) -> None:
    assert vectors.viewer(3) is None
    assert vectors.viewer(30) is None
    assert vectors.viewer(-1) is None
    rows = vectors.candidate_rows(np.array([4, 99, 5]))
    assert not rows[:2].any()
    np.testing.assert_array_equal(rows[2], vectors.candidates[5])


def test_fold_in_solves_the_weighted_least_squares(vectors: Vectors) -> None:
    liked, weights = np.array([1, 7, 9]), np.array([1, 2, 1], np.float32)
    folded = vectors.fold_in(liked, weights)
    known = vectors.candidates[vectors.has_candidate].astype(np.float64)
    everyone = np.flatnonzero(vectors.has_candidate)
    confidence = np.ones(len(everyone))
    confidence[np.searchsorted(everyone, liked)] = weights * 5
    wanted = np.isin(everyone, liked).astype(float)
    left = known.T @ np.diag(confidence) @ known + 2.0 * np.eye(8)
    expected = np.linalg.solve(left, known.T @ (confidence * wanted))
    assert folded is not None
    np.testing.assert_allclose(folded, expected, rtol=1e-4, atol=1e-6)


def test_fold_in_equals_the_library() -> None:
    rng = np.random.default_rng(1)
    likes = csr_matrix((rng.random((40, 30)) < 0.2).astype(np.float32) * 20)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(8, regularization=10.0, alpha=1.0, iterations=3, num_threads=1, random_state=0)
        model.fit(likes, show_progress=False)
        expected = model.recalculate_user(0, likes[0])
    ours = Vectors(np.zeros((30, 8), np.float32), model.item_factors, np.ones(30, bool), np.ones(30, bool), 10.0, 20.0)
    liked = likes[0].indices.astype(np.int64)
    folded = ours.fold_in(liked, np.ones(len(liked), np.float32))
    assert folded is not None
    np.testing.assert_allclose(folded, expected, rtol=1e-3, atol=1e-4)


def test_fold_in_passes_over_people_without_vectors(vectors: Vectors) -> None:
    assert vectors.fold_in(np.array([3, 99]), np.ones(2, np.float32)) is None
    assert vectors.fold_in(np.array([], np.int64), np.array([], np.float32)) is None
    some = vectors.fold_in(np.array([3, 5]), np.ones(2, np.float32))
    alone = vectors.fold_in(np.array([5]), np.ones(1, np.float32))
    np.testing.assert_array_equal(some, alone)


def test_unequal_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        Vectors(np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32), np.ones(2, bool), np.ones(1, bool), 1.0)
