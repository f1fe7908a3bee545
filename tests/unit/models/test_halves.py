"""Half precision is read exactly, and written only where it can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twofold.models.halves import as_half, as_single, finite
from twofold.models.vectors import Vectors, levels_of


def test_every_finite_half_is_read_as_the_number_that_it_is() -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    assert as_single(every).view(np.uint32).tolist() == every.astype(np.float32).view(np.uint32).tolist()
    assert as_single(every.reshape(-1, 2)[:, 1]).tolist() == every[1::2].tolist()  # not contiguous
    assert as_single(np.ones((2, 3), np.float32)).dtype == np.float32


def test_what_half_precision_cannot_hold_stays() -> None:
    assert as_half(np.array([[65_504.0]], np.float32)).dtype == np.float16
    assert as_half(np.array([[70_000.0]], np.float32)).dtype == np.float32
    assert as_half(np.empty((0, 2), np.float32)).dtype == np.float16


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_seen(kind: type[np.floating[Any]], bad: float) -> None:
    rows = np.zeros((70_000, 2), np.float32).astype(kind)
    assert finite(rows)
    rows[69_999, 1] = bad
    assert not finite(rows)


def test_features_of_rounded_vectors_are_those_of_the_fit_to_a_thousandth() -> None:
    rng = np.random.default_rng(1)
    viewers, candidates = rng.standard_normal((2, 2_000, 64)).astype(np.float32) * np.float32(0.1)
    everyone, levels = np.ones(2_000, bool), levels_of(viewers, candidates, rng)
    fitted = Vectors(viewers, candidates, everyone, everyone, 1.0, levels=levels)
    stored = Vectors(as_half(viewers), as_half(candidates), everyone, everyone, 1.0, levels=levels)
    keys = np.arange(2_000)
    figures = []
    for vectors in (fitted, stored):
        (one, _), (other, _) = vectors.as_viewers(keys), vectors.as_candidates(keys)
        products = np.einsum("ij,ij->i", one.astype(np.float64), other)
        figures.append((vectors.rank_of(products), vectors.deviation_of(one, products, "candidates")))
    for fit, kept in zip(*figures, strict=True):
        np.testing.assert_allclose(kept, fit, atol=2e-3)
        assert np.abs(kept - fit).mean() < 5e-4
    row, liked, weights = np.zeros(30, np.int64), keys[:30], np.ones(30, np.float32)
    folded = [vectors.fold_in(row, liked, weights, 1)[0] for vectors in (fitted, stored)]
    np.testing.assert_allclose(folded[1], folded[0], atol=1e-3 * np.abs(folded[0]).max())
