"""How sure a figure is: 95 % intervals by resampling clusters (viewers, evenings), all resamples at once.

Rows of one viewer resemble each other, so whole viewers are drawn with replacement, never rows (cluster bootstrap,
Davison and Hinkley 1997, section 3.8); the interval is from the 2.5th to the 97.5th percentile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twofold.metrics.probability import auc, average_precision, ece, log_loss

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

RESAMPLES = 1_000
FEWEST_RESAMPLES = 200  # below it the 2.5th percentile is one of five draws
# Rows times resamples: beyond it there are fewer resamples, so that a figure on a million rows takes seconds.
MOST_WORK = 10_000_000
BLOCK = 4_000_000  # entries of a matrix held at once: 32 MB
JACKKNIFE_GROUPS = 20
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; NaN everywhere when there is nothing to say."""

    value: float
    low: float
    high: float

    @classmethod
    def none(cls) -> Interval:
        """No figure."""
        return cls(float("nan"), float("nan"), float("nan"))


class Bootstrap:
    """Resampled clusters of m rows.

    Args:
        clusters: (m,) which cluster each row belongs to, any integers.
        rng: equal generators give equal intervals.
        resamples: at most so many; fewer when the rows are many.

    >>> rows = Bootstrap(np.array([0, 0, 1, 2]), np.random.default_rng(0))
    >>> rows.mean(np.array([1.0, 1.0, 1.0, 1.0]))
    Interval(value=1.0, low=1.0, high=1.0)
    """

    def __init__(self, clusters: ArrayLike, rng: np.random.Generator, resamples: int = RESAMPLES) -> None:
        _, self._cluster = np.unique(np.asarray(clusters), return_inverse=True)
        self.rows = len(self._cluster)
        self.clusters = int(self._cluster.max()) + 1 if self.rows else 0
        draws = int(np.clip(MOST_WORK // max(self.rows, 1), FEWEST_RESAMPLES, RESAMPLES))
        self.resamples = min(resamples, draws)
        self._weights = _drawn(self.clusters, self.resamples, rng)

    def mean(self, values: ArrayLike) -> Interval:
        """The mean of the rows' values; rows of NaN are left out."""
        given = np.asarray(values, np.float64)
        some = np.isfinite(given)
        if not some.any():
            return Interval.none()
        total = self._per_cluster(np.where(some, given, 0.0))
        return self._interval(float(given[some].mean()), _ratio(total, self._per_cluster(some.astype(np.float64))))

    def auc(self, labels: ArrayLike, scores: ArrayLike) -> Interval:
        """Area under the ROC curve."""
        return self._ranked(auc(labels, scores), labels, scores, _auc_of_groups)

    def average_precision(self, labels: ArrayLike, scores: ArrayLike) -> Interval:
        """Average precision of the rows labelled 1."""
        return self._ranked(average_precision(labels, scores), labels, scores, _precision_of_groups)

    def log_loss(self, labels: ArrayLike, probabilities: ArrayLike) -> Interval:
        """Log loss in nats."""
        truth, given = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
        safe = np.clip(given, 1e-15, 1 - 1e-15)
        found = self.mean(-(truth * np.log(safe) + (1 - truth) * np.log1p(-safe)))
        return Interval(log_loss(truth, given), found.low, found.high)

    def ece(self, labels: ArrayLike, probabilities: ArrayLike, bins: int = 10) -> Interval:
        """Expected calibration error; the bins are those of all rows.

        Gaps are sizes, so resampling widens them: the interval leans upwards and can lie above the figure's own
        sampling distribution, never below it.
        """
        truth, given = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
        if not self.rows:
            return Interval.none()
        gaps = np.zeros(self.resamples)
        for part in np.array_split(np.argsort(given, kind="stable"), min(bins, self.rows)):
            gap = np.bincount(self._cluster[part], truth[part] - given[part], self.clusters)
            gaps += np.abs(self._weights @ gap)
        rows = self._per_cluster(np.ones(self.rows))
        return self._interval(ece(truth, given, bins), gaps / np.maximum(rows, 1))

    def _per_cluster(self, values: Doubles) -> Doubles:
        """(resamples,) the sum over each resample's rows."""
        return np.asarray(self._weights @ np.bincount(self._cluster, values, self.clusters), np.float64)

    def _interval(self, value: float, resampled: Doubles) -> Interval:
        some = resampled[np.isfinite(resampled)]
        if not np.isfinite(value) or not len(some):
            return Interval.none()
        low, high = np.percentile(some, (2.5, 97.5))
        return Interval(value, min(float(low), value), max(float(high), value))

    def _ranked(
        self, value: float, labels: ArrayLike, scores: ArrayLike, figure: Callable[[Doubles, Doubles], Doubles]
    ) -> Interval:
        """A figure of the order of rows, from the sums of weights per group of equal scores, worst first."""
        truth, score = np.asarray(labels, np.float64), np.asarray(scores, np.float64)
        if not np.isfinite(value):
            return Interval.none()
        order = np.argsort(score, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(score[order]) != 0))
        cluster, positive = self._cluster[order], truth[order]
        step = max(1, BLOCK // self.rows)
        found = []
        for begin in range(0, self.resamples, step):
            weight = self._weights[begin : begin + step, cluster]
            likes = np.add.reduceat(weight * positive, starts, axis=1)
            found.append(figure(likes, np.add.reduceat(weight, starts, axis=1) - likes))
        return self._interval(value, np.concatenate(found))


def jackknife(
    rows: int,
    figure: Callable[[NDArray[np.bool_]], float],
    rng: np.random.Generator,
    groups: int = JACKKNIFE_GROUPS,
) -> Interval:
    """A figure of sets of rows with its interval by leaving out one group of rows after another (normal, 95 %).

    For what counts whom a set of lists reaches at least once: a bootstrap repeats lists, a repeated list reaches nobody
    new, and its intervals would lie below the figure (block jackknife, Efron and Tibshirani 1993, chapter 11).

    Args:
        figure: of the rows that a mask (rows,) keeps.

    >>> jackknife(100, lambda kept: 0.5, np.random.default_rng(0))
    Interval(value=0.5, low=0.5, high=0.5)
    """
    everyone = np.ones(rows, bool)
    value = figure(everyone)
    groups = min(groups, rows)
    if groups < 2 or not np.isfinite(value):
        return Interval(value, value, value)
    group = rng.permutation(np.arange(rows) % groups)
    left = np.array([figure(group != each) for each in range(groups)])
    error = float(np.sqrt((groups - 1) / groups * ((left - left.mean()) ** 2).sum()))
    return Interval(value, value - NORMAL_95 * error, value + NORMAL_95 * error)


def _drawn(clusters: int, resamples: int, rng: np.random.Generator) -> Doubles:
    """(resamples, clusters) how often each cluster is drawn; as many draws as there are clusters."""
    if not clusters:
        return np.zeros((resamples, 0))
    drawn = rng.integers(clusters, size=(resamples, clusters))
    drawn += np.arange(resamples)[:, None] * clusters
    weights = np.bincount(drawn.ravel(), minlength=resamples * clusters)
    return weights.reshape(resamples, clusters).astype(np.float64)


def _auc_of_groups(likes: Doubles, others: Doubles) -> Doubles:
    below = np.cumsum(others, axis=1) - others / 2
    return _ratio((likes * below).sum(axis=1), likes.sum(axis=1) * others.sum(axis=1))


def _precision_of_groups(likes: Doubles, others: Doubles) -> Doubles:
    found = np.cumsum(likes[:, ::-1], axis=1)
    seen = np.cumsum((likes + others)[:, ::-1], axis=1)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return _ratio((likes[:, ::-1] * precision).sum(axis=1), likes.sum(axis=1))


def _ratio(above: Doubles, below: Doubles) -> Doubles:
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0), np.float64)
