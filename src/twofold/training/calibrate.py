"""Fitting a calibration on later decisions than the ranker has seen: a line or steps, whichever is better."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from twofold.domain.candidate import Doubles
from twofold.metrics.probability import log_loss
from twofold.models.calibration import Calibration

STEPS = 1_000
LEAST_SLOPE = 0.1  # so little moves a probability by a point or two, and still orders
# Steps of few rows are noise; below this many rows a line is all that can be fitted.
FEWEST_FOR_STEPS = 1_000
FOLDS = 5


def fit_calibration(said: Doubles, labels: Doubles, rng: np.random.Generator) -> Calibration:
    """The better of the two by cross-validated log loss; a line where there is little to choose by.

    Args:
        said: (n,) the ranker's own probabilities.
        labels: (n,) 0 or 1.
        rng: draws the folds.
    """
    if len(labels) < FEWEST_FOR_STEPS or not 0 < labels.sum() < len(labels):
        return platt(said, labels)
    folds = rng.permutation(len(labels)) % FOLDS
    tried = {}
    for fit in (platt, isotonic):
        out = np.empty(len(labels))
        for fold in range(FOLDS):
            held = folds == fold
            out[held] = fit(said[~held], labels[~held]).apply(said[held])
        tried[fit] = log_loss(labels, out)
    return min(tried, key=lambda fit: tried[fit])(said, labels)


def platt(said: Doubles, labels: Doubles) -> Calibration:
    """A line in log-odds (Platt, 1999), rising at least a little; nothing is changed where there is one class alone."""
    if not 0 < labels.sum() < len(labels):
        return Calibration()
    odds = np.clip(said, 1e-12, 1 - 1e-12)
    odds = np.log(odds / (1 - odds)).reshape(-1, 1)
    fit = LogisticRegression(C=np.inf, max_iter=STEPS).fit(odds, labels)
    slope, intercept = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    if slope < LEAST_SLOPE:  # the ranker is worth nothing here: say nearly the same of everybody
        slope, intercept = LEAST_SLOPE, float(np.log(labels.mean() / (1 - labels.mean())) - LEAST_SLOPE * odds.mean())
    return Calibration("platt", slope=slope, intercept=intercept)


def isotonic(said: Doubles, labels: Doubles) -> Calibration:
    """Rising steps, joined by lines through their middles so that people of one step keep their order."""
    steps = IsotonicRegression(out_of_bounds="clip").fit(said, labels).predict(said)
    levels, place = np.unique(steps, return_inverse=True)
    sizes = np.bincount(place)
    middles = np.bincount(place, said) / sizes
    # Laplace's rule of succession: no step of few rows is certain. Where that puts a small step above the next, the two
    # are joined by their sizes, so that a few rows at the end lift nobody else.
    seen = IsotonicRegression().fit(middles, (levels * sizes + 1) / (sizes + 2), sizes + 2).predict(middles)
    return Calibration("isotonic", said=tuple(middles.tolist()), seen=tuple(seen.tolist()))
