"""Fitting the four-rates baseline: logistic regression on how often two people like and are liked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from twofold.domain.candidate import Doubles

C = 0.05  # inverse strength of the L2 penalty on standardised columns, as in the reference figures


@dataclass(frozen=True, slots=True)
class RateModel:
    """A fitted logistic model: ``offset`` and one ``weight`` per column, of the columns as they are."""

    offset: float
    weights: Doubles

    def predict(self, columns: Doubles) -> Doubles:
        """(m, columns) -> (m,) P(like)."""
        return np.asarray(expit(self.offset + columns @ self.weights), np.float64)


def fit_rates(columns: Doubles, labels: Doubles) -> RateModel:
    """Fit on (m, columns) and (m,) labels 0 or 1; with one class alone the model says its share of all rows.

    >>> fit_rates(np.zeros((2, 4)), np.array([0.0, 1.0])).predict(np.zeros((1, 4))).round(2).tolist()
    [0.5]
    """
    positives = float(labels.sum())
    if not 0 < positives < len(labels):
        share = (positives + 1) / (len(labels) + 2)  # Laplace's rule: nothing is certain
        return RateModel(float(np.log(share / (1 - share))), np.zeros(columns.shape[1]))
    scaler = StandardScaler().fit(columns)
    model = LogisticRegression(C=C, max_iter=1_000).fit(scaler.transform(columns), labels)
    weights = np.asarray(model.coef_[0] / scaler.scale_, np.float64)
    return RateModel(float(model.intercept_[0] - weights @ scaler.mean_), weights)
