"""The founding sketch's ranker, for the benchmark that measures it: scikit-learn fits and predicts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from twofold.domain.candidate import Doubles

MOST_ROWS = 100_000  # more change nine coefficients by nothing


def fit_sketch(features: Doubles, labels: NDArray[np.int8]) -> Callable[[Doubles], Doubles]:
    """Fit on rows (m, f) and labels (m,) of both classes; gives the function from rows to the probability of a like.

    >>> predict = fit_sketch(np.array([[0.0], [1.0]] * 5), np.array([0, 1] * 5, np.int8))
    >>> bool(predict(np.array([[1.0]]))[0] > 0.5)
    True
    """
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(features[:MOST_ROWS], labels[:MOST_ROWS])
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1], np.float64)
