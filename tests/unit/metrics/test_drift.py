"""How far a distribution has moved."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.metrics.drift import bin_shares, stability_index


def test_an_edge_belongs_to_the_bin_below_it() -> None:
    assert bin_shares([1.0, 2.0, 2.0, 2.5], edges=[1.0, 2.0]) == (0.25, 0.5, 0.25)


def test_no_values_and_no_edges() -> None:
    assert bin_shares([], edges=[1.0]) == (0.0, 0.0)
    assert bin_shares([5.0, 6.0], edges=[]) == (1.0,)


def test_the_index_is_nothing_for_the_same_and_grows_with_the_distance() -> None:
    rng = np.random.default_rng(1)
    then = rng.normal(size=20_000)
    edges = np.quantile(then, np.arange(1, 10) / 10).tolist()
    shares = bin_shares(then, edges)
    found = [stability_index(shares, bin_shares(rng.normal(loc=by, size=20_000), edges)) for by in (0, 0.2, 0.5, 1.0)]
    assert found == sorted(found)
    assert found[0] < 0.01
    # Of two normal distributions a distance d apart the index without bins is d squared.
    assert found[2] == pytest.approx(0.25, rel=0.15)


def test_an_empty_bin_is_finite() -> None:
    assert 0 < stability_index((1.0, 0.0), (0.0, 1.0)) < 20
