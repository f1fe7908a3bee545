"""How good probabilities are: ordering, calibration, and both at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Doubles = NDArray[np.float64]

# A probability of exactly 0 or 1 that turns out wrong would make the loss infinite; 1e-15 is the customary floor.
SMALLEST_PROBABILITY = 1e-15


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a positive row scores above a negative one, ties counting half.

    Args:
        labels: (n,) 0 or 1.
        scores: (n,) any finite scale.

    Returns:
        0..1; NaN when one of the classes is missing. Computed from mid-ranks (Mann and Whitney, 1947).

    >>> auc([0, 1, 1], [0.2, 0.9, 0.2])
    0.75
    """
    truth, score = _columns(labels, scores)
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    mid_ranks = np.cumsum(counts) - (counts - 1) / 2
    above = mid_ranks[inverse][truth == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def log_loss(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean negative log-likelihood in nats; NaN without rows.

    >>> round(log_loss([1, 0], [0.5, 0.5]), 4)
    0.6931
    """
    losses = log_losses(labels, probabilities)
    return float(losses.mean()) if len(losses) else float("nan")


def log_losses(labels: ArrayLike, probabilities: ArrayLike) -> Doubles:
    """The negative log-likelihood of each row in nats, (n,); their mean is `log_loss`.

    >>> log_losses([1, 0], [0.5, 0.5]).round(4)
    array([0.6931, 0.6931])
    """
    truth, given = _columns(labels, probabilities)
    safe = np.clip(given, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    losses: Doubles = -(truth * np.log(safe) + (1 - truth) * np.log1p(-safe))
    return losses


def ece(labels: ArrayLike, probabilities: ArrayLike, bins: int = 10) -> float:
    """Expected calibration error over bins of equal mass: the mean gap between said and seen, weighted by rows.

    Args:
        labels: (n,) 0 or 1.
        probabilities: (n,) in 0..1; equal values may fall into neighbouring bins, in the order given.
        bins: fewer when there are fewer rows.

    >>> ece([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5], bins=1)
    0.0
    """
    truth, given = _columns(labels, probabilities)
    if not len(truth):
        return float("nan")
    order = np.argsort(given, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [abs(float(truth[part].mean() - given[part].mean())) * len(part) for part in parts]
    return sum(gaps) / len(truth)


def ece_of_perfect(
    probabilities: ArrayLike, quantile: float, rng: np.random.Generator, draws: int = 200, bins: int = 10
) -> float:
    """The ECE that a model has by chance alone when every probability it says is true.

    Few rows give a perfectly calibrated model an ECE well above 0, so a limit below this quantile asks for luck. Labels
    are drawn from the probabilities ``draws`` times, and the quantile of the ECEs is taken.

    Args:
        probabilities: (n,) in 0..1.
        quantile: 0..1.

    Returns:
        NaN without rows.

    >>> round(ece_of_perfect(np.full(4_000, 0.5), 0.95, np.random.default_rng(0)), 3)
    0.028
    """
    given = np.sort(np.asarray(probabilities, np.float64))
    if not len(given):
        return float("nan")
    sizes = [len(part) for part in np.array_split(given, min(bins, len(given)))]
    starts = np.cumsum([0, *sizes[:-1]])
    drawn = [np.abs(np.add.reduceat((rng.random(len(given)) < given) - given, starts)).sum() for _ in range(draws)]
    return float(np.quantile(drawn, quantile)) / len(given)


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Mean precision at the rank of each positive row, equal scores sharing a rank; NaN without positives.

    >>> average_precision([0, 1], [0.1, 0.9])
    1.0
    """
    truth, score = _columns(labels, scores)
    positives = int(truth.sum())
    if not positives:
        return float("nan")
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))  # the last row of each group of ties
    found = np.cumsum(truth[order])[last]
    precision = found / (last + 1)
    return float((np.diff(found, prepend=0) * precision).sum() / positives)


def _columns(labels: ArrayLike, values: ArrayLike) -> tuple[Doubles, Doubles]:
    truth, given = np.asarray(labels, np.float64), np.asarray(values, np.float64)
    if truth.shape != given.shape or truth.ndim != 1:
        raise ValueError(f"labels {truth.shape} and values {given.shape} must be equally long columns")
    return truth, given
