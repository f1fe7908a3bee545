"""Intervals hold the figure, narrow with more clusters, and cover the truth about as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.metrics.bootstrap import Bootstrap, jackknife
from twofold.metrics.exposure import effective_matches, gini, lorenz
from twofold.metrics.lists import ndcg_at, ndcg_of_hits, recall_at, recall_of_hits
from twofold.metrics.probability import auc, average_precision, ece
from twofold.metrics.reliability import reliability
from twofold.metrics.ties import best


def rows(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clusters of ten, labels, and calibrated probabilities."""
    rng = np.random.default_rng(seed)
    said = rng.beta(2, 3, count)
    return np.arange(count) // 10, (rng.random(count) < said).astype(float), said


def test_figures_are_those_of_the_plain_functions() -> None:
    clusters, truth, said = rows(500, 1)
    over = Bootstrap(clusters, np.random.default_rng(0))
    assert over.auc(truth, said).value == pytest.approx(auc(truth, said))
    assert over.average_precision(1 - truth, -said).value == pytest.approx(average_precision(1 - truth, -said))
    assert over.ece(truth, said).value == pytest.approx(ece(truth, said))
    for each in (over.auc(truth, said), over.log_loss(truth, said), over.ece(truth, said), over.mean(truth)):
        assert each.low <= each.value <= each.high


def test_more_clusters_narrow_it() -> None:
    wide, narrow = (
        Bootstrap(clusters, np.random.default_rng(0)).auc(truth, said)
        for clusters, truth, said in (rows(200, 2), rows(5_000, 2))
    )
    assert narrow.high - narrow.low < wide.high - wide.low


def test_an_interval_of_a_mean_covers_the_truth() -> None:
    covered = 0
    for seed in range(100):
        clusters, truth, said = rows(300, seed)
        found = Bootstrap(clusters, np.random.default_rng(seed), resamples=200).mean(truth - said)
        covered += found.low <= 0 <= found.high
    assert covered >= 85


def test_rows_of_one_cluster_go_together() -> None:
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 100)
    apart = Bootstrap(np.arange(400), np.random.default_rng(0)).mean(values)
    together = Bootstrap(np.repeat(np.arange(4), 100), np.random.default_rng(0)).mean(values)
    assert together.high - together.low > 4 * (apart.high - apart.low)


def test_nothing_has_no_figure() -> None:
    empty = Bootstrap(np.empty(0), np.random.default_rng(0))
    assert np.isnan(empty.mean(np.empty(0)).value)
    assert np.isnan(empty.auc(np.empty(0), np.empty(0)).value)
    assert np.isnan(Bootstrap([1, 1], np.random.default_rng(0)).auc([1, 1], [0.1, 0.2]).value)


def test_a_jackknife_holds_the_share_that_a_bootstrap_would_miss() -> None:
    seats = np.arange(200)  # every list reaches somebody else
    found = jackknife(200, lambda kept: len(set(seats[kept].tolist())) / 200, np.random.default_rng(0))
    assert found.low <= 1.0 == found.value <= found.high


def test_ties_are_spread_and_nan_is_last() -> None:
    rng = np.random.default_rng(0)
    tops = {int(best(np.zeros(5), 1, rng)[0]) for _ in range(100)}
    assert tops == set(range(5))
    assert best(np.array([np.nan, 1.0, 2.0]), 3, rng).tolist() == [2, 1, 0]
    assert best(np.empty(0), 3, rng).tolist() == []


def test_lists_at_once_are_lists_one_by_one() -> None:
    rng = np.random.default_rng(3)
    ranked = np.array([rng.permutation(30)[:10] for _ in range(50)])
    wanted = [rng.permutation(30)[: rng.integers(0, 15)] for _ in range(50)]
    hits = np.array([np.isin(row, some) for row, some in zip(ranked, wanted, strict=True)])
    sizes = np.array([len(each) for each in wanted])
    one_by_one = [
        (recall_at(row.tolist(), set(some.tolist()), 10), ndcg_at(row.tolist(), set(some.tolist()), 10))
        for row, some in zip(ranked, wanted, strict=True)
    ]
    expected = np.array(one_by_one)
    assert np.allclose(recall_of_hits(hits, sizes, 10), expected[:, 0], equal_nan=True)
    assert np.allclose(ndcg_of_hits(hits, sizes, 10), expected[:, 1], equal_nan=True)


def test_the_area_above_the_lorenz_curve_is_gini() -> None:
    counts = np.random.default_rng(0).integers(0, 30, 80)
    points = np.array(lorenz(counts))
    assert 1 - 2 * np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(gini(counts))
    assert lorenz([0, 0]) == []


def test_likes_beyond_what_can_be_answered_make_no_match() -> None:
    assert effective_matches([1] * 30, [True] * 30) == 20
    assert effective_matches([1, 2], [False, True]) == 1
    assert effective_matches([], []) == 0


def test_the_gaps_of_the_reliability_plot_are_the_error() -> None:
    _, truth, said = rows(400, 5)
    bins = reliability(truth, said)
    assert sum(each.rows * abs(each.said - each.seen) for each in bins) / 400 == pytest.approx(ece(truth, said))
    assert reliability([], []) == []
