"""Fitting the second stage: logistic regression on standardised features."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from twofold.domain.candidate import Doubles, Floats
from twofold.metrics.probability import auc, average_precision, ece, log_loss
from twofold.rankers.logistic import LogisticParameters, LogisticRanker

C = 1.0  # inverse strength of the L2 penalty on standardised features, as the founding document has it
STEPS = 1_000
LEAST_SLOPE = 0.1  # so little moves a probability by a point or two, and still orders
MOST_SHIFT = 60.0  # log-odds: from certain to impossible, so that a root lies within

Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows to learn from: features (n, d) as of each row's own moment, labels (n,) 1 liked and 0 not."""

    features: Floats
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: slice) -> Examples:
        """A span of the rows."""
        return Examples(self.features[index], self.labels[index])

    @property
    def positives(self) -> int:
        """How many rows are likes."""
        return int(self.labels.sum())

    @property
    def both_classes(self) -> bool:
        """Whether there is a like and a dislike among the rows."""
        return 0 < self.positives < len(self)


def fit_ranker(examples: Examples, names: tuple[str, ...]) -> LogisticParameters:
    """Fit on examples of both classes.

    A NaN counts as the column's mean. A column that is constant or always NaN gets a coefficient of 0.
    """
    columns = examples.features.astype(np.float64)
    columns[:, np.isnan(columns).all(axis=0)] = 0.0
    scaler = StandardScaler().fit(columns)
    standard = np.nan_to_num(scaler.transform(columns), nan=0.0)
    # Newton's method on the exact Hessian: nine columns make it small, and the penalty keeps it invertible.
    model = LogisticRegression(C=C, solver="newton-cholesky", max_iter=STEPS).fit(standard, examples.labels)
    return LogisticParameters(
        names,
        _figures(scaler.mean_),
        _figures(scaler.scale_),
        _figures(model.coef_[0]),
        float(model.intercept_[0]),
    )


def measure(parameters: LogisticParameters, feature_version: str, fitted: Examples, held: Examples) -> dict[str, float]:
    """Figures on rows that the fit has not seen, which are later than all it has seen."""
    said = LogisticRanker("measured", feature_version, parameters).predict(held.features)
    base = np.full(len(held), fitted.positives / len(fitted))
    return {
        "auc": auc(held.labels, said),
        "log_loss": log_loss(held.labels, said),
        "base_log_loss": log_loss(held.labels, base),
        "ece": ece(held.labels, said),
        "dislike_average_precision": average_precision(1 - held.labels, -said),
        "hold_out_rows": float(len(held)),
        "hold_out_positives": float(held.positives),
    }


def calibration_slope(parameters: LogisticParameters, feature_version: str, held: Examples) -> float:
    """By how much the log-odds of a fit should be shrunk, seen on later examples of both classes.

    The slope of Platt's calibration (Platt 1999), kept between `LEAST_SLOPE` and 1: a fit that is worth little says
    nearly the same of everybody, and one that is too timid stays so.
    """
    said = LogisticRanker("slope", feature_version, parameters).predict(held.features)
    odds = logit(np.clip(said, 1e-12, 1 - 1e-12)).reshape(-1, 1)
    slope = float(LogisticRegression(C=np.inf, max_iter=STEPS).fit(odds, held.labels).coef_[0, 0])
    return min(max(slope, LEAST_SLOPE), 1.0)


def scaled(parameters: LogisticParameters, slope: float) -> LogisticParameters:
    """The parameters with every coefficient shrunk by one slope."""
    return replace(parameters, coefficients=tuple(slope * each for each in parameters.coefficients))


def intercept_shift(parameters: LogisticParameters, feature_version: str, examples: Examples) -> float:
    """What to add to the intercept so that the mean probability of the examples is the share of likes among them."""
    said = LogisticRanker("level", feature_version, parameters).predict(examples.features)
    odds = logit(np.clip(said, 1e-12, 1 - 1e-12))
    share = examples.positives / len(examples)
    return float(brentq(lambda shift: expit(odds + shift).mean() - share, -MOST_SHIFT, MOST_SHIFT))


def _figures(column: Doubles) -> tuple[float, ...]:
    return tuple(float(value) for value in column)
