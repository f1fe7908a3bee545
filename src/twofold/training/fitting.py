"""Fitting a ranker on examples, and what it is worth on others."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from twofold.domain.candidate import Doubles, Floats
from twofold.domain.errors import Refused
from twofold.domain.model import ModelType
from twofold.metrics.probability import auc, average_precision, ece, log_loss
from twofold.models.artifact import JSON, Array
from twofold.pipeline.stages import Ranker
from twofold.rankers.gbdt import GbdtParameters
from twofold.rankers.logistic import LogisticParameters
from twofold.training.recipe import Recipe

C = 1.0  # inverse strength of the L2 penalty on standardised features, as the founding document has it
STEPS = 1_000

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
    # Newton's method on the exact Hessian: few columns make it small, and the penalty keeps it invertible.
    model = LogisticRegression(C=C, solver="newton-cholesky", max_iter=STEPS).fit(standard, examples.labels)
    return LogisticParameters(
        names,
        _figures(scaler.mean_),
        _figures(scaler.scale_),
        _figures(model.coef_[0]),
        float(model.intercept_[0]),
    )


class Parameters(Protocol):
    """What a fit leaves behind, whatever the type of the ranker."""

    @property
    def names(self) -> tuple[str, ...]:
        """Features in column order."""

    def to_document(self) -> dict[str, JSON]:
        """As JSON, for the artifact."""

    def coefficients_by_name(self) -> dict[str, float]:
        """What the registry shows: by feature, how much it counts."""

    def ranker(self, version: str, feature_version: str) -> Ranker:
        """The ranker that serves these."""


def fit(
    recipe: Recipe, examples: Examples, later: Examples, names: tuple[str, ...], like: Parameters | None = None
) -> Parameters:
    """Fit a ranker of the recipe's type.

    Args:
        later: rows that tell trees when to stop; ``like`` is a fit of earlier rows that has been told already.
    """
    if recipe.ranker is ModelType.LOGISTIC:
        return fit_ranker(examples, names)
    grown = like.rounds if isinstance(like, GbdtParameters) else None
    trees: Parameters = _trees().fit_trees(examples, names, later, recipe.seed, rounds=grown)
    return trees


def golden(parameters: Parameters, feature_version: str, examples: Examples, seed: int) -> dict[str, Array]:
    """What the artifact keeps to tell that a ranker of foreign code still says what it said; nothing for ours."""
    if not isinstance(parameters, GbdtParameters):
        return {}
    rows: dict[str, Array] = _trees().golden_rows(parameters, feature_version, examples.features, seed)
    return rows


def _trees() -> ModuleType:
    """Imported when trees are asked for: LightGBM is an extra.

    Raises:
        Refused: code ``extra_missing``, when it is not installed.
    """
    try:
        return import_module("twofold.training.trees")
    except ModuleNotFoundError:
        raise Refused("extra_missing", "boosted trees need LightGBM: install twofold[gbdt]") from None


def measure(ranker: Ranker, fitted: Examples, held: Examples) -> dict[str, float]:
    """Figures on rows that the fit has not seen, which are later than all it has seen."""
    said = ranker.predict(held.features)
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


def _figures(column: Doubles) -> tuple[float, ...]:
    return tuple(float(value) for value in column)
