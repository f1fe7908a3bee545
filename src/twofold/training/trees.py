"""Fitting the second stage for larger data: gradient-boosted trees (LightGBM, extra ``gbdt``)."""

from __future__ import annotations

import lightgbm
import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.models.artifact import Array
from twofold.rankers.gbdt import GOLDEN_FEATURES, GOLDEN_SCORES, GbdtParameters, GbdtRanker
from twofold.training.fitting import Examples

ROUNDS = 200  # at most: a list's time, a model's size and its start all grow with them
PATIENCE = 20  # rounds without a better validation, so that one unlucky round does not end it
SHAPE: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.1,  # half of it was no better (benchmarks/rankers.py) and takes twice the trees
    "max_depth": 4,  # at most four features decide together
    "num_leaves": 12,
    "min_data_in_leaf": 50,  # the share of likes among fifty is known to seven points
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,  # or the library tries out which way is faster, and sums in that order
    "verbosity": -1,
}
GOLDEN_ROWS = 64


def fit_trees(
    fitted: Examples,
    names: tuple[str, ...],
    validation: Examples,
    seed: int,
    threads: int = 1,
    rounds: int | None = None,
) -> GbdtParameters:
    """Fit on examples of both classes, and stop when later ones get no better.

    Args:
        names: of the columns.
        validation: later examples of both classes, which choose the number of trees by log loss; figures about the fit
            need others still.
        seed: of the rows that bins are made from when there are more than 200,000.
        rounds: grow exactly so many trees and look at no validation: when an earlier fit has told how many.
        threads: the result is the same with any number; more than there are idle cores is far slower than one.
    """
    rows = lightgbm.Dataset(fitted.features, fitted.labels, feature_name=[*names])
    later = rows.create_valid(validation.features, validation.labels)
    parameters = {**SHAPE, "seed": seed, "num_threads": threads}
    if rounds is None:
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        booster = lightgbm.train(parameters, rows, ROUNDS, valid_sets=[later], callbacks=[stop])
        text = booster.model_to_string(num_iteration=booster.best_iteration)
    else:
        text = lightgbm.train(parameters, rows, max(rounds, 1)).model_to_string()
    return GbdtParameters(names, text, tuple(_middle(column) for column in fitted.features.T))


def golden_rows(trees: GbdtParameters, feature_version: str, features: Floats, seed: int) -> dict[str, Array]:
    """The arrays that go into the artifact beside the trees: rows, and what the trees say of them.

    Each column is drawn by itself between the quantiles of ``features`` (n, d): the rows go wherever people go in the
    trees and are nobody's own, so that no person's row outlives its person. The last one is all unknown.
    """
    rng = np.random.default_rng(seed)
    rows = np.column_stack([_drawn(column, rng) for column in features.T])
    rows[-1] = np.nan
    return {GOLDEN_FEATURES: rows, GOLDEN_SCORES: GbdtRanker("golden", feature_version, trees).predict(rows)}


def _drawn(column: Floats, rng: np.random.Generator) -> Floats:
    known = column[np.isfinite(column)]
    if not len(known):
        return np.full(GOLDEN_ROWS, np.nan, np.float32)
    drawn: Doubles = np.quantile(known.astype(np.float64), rng.random(GOLDEN_ROWS))
    return drawn.astype(np.float32)


def _middle(column: Floats) -> float | None:
    """The median; None where a row is unknown, since then the trees see what unknown means."""
    return None if np.isnan(column).any() else float(np.median(column))
