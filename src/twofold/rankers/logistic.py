"""The trained ranker: logistic regression on standardised features, served by numpy alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twofold.compiled import Column, Table, Written, compiled
from twofold.domain.candidate import Doubles, Floats
from twofold.domain.errors import Damaged
from twofold.features.spec import version_of
from twofold.models.artifact import JSON, REMEDY
from twofold.models.loaded import RANKER_DOCUMENT, LoadedModel

# Beyond what nearly every training row was like, a straight line is a guess, and one feature must not decide alone.
FARTHEST = 5.0

_COLUMNS = ("mean", "scale", "coefficients")


@dataclass(frozen=True, slots=True)
class LogisticParameters:
    """What a fit leaves behind.

    Args:
        names: features in column order.
        mean, scale: (d,) of the training rows; scale is above 0.
        coefficients: (d,) per standard deviation, in log-odds.
        intercept: log-odds of the average row.

    >>> LogisticParameters(("age",), (40.0,), (10.0,), (0.5,), 0.1).to_document()["intercept"]
    0.1
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def to_document(self) -> dict[str, JSON]:
        """As JSON; `from_document` reads it back exactly."""
        document: dict[str, JSON] = {"kind": "logistic", "names": [*self.names], "intercept": self.intercept}
        for name in _COLUMNS:
            document[name] = [*getattr(self, name)]
        return document

    def coefficients_by_name(self) -> dict[str, float]:
        """What the registry shows."""
        return dict(zip(self.names, self.coefficients, strict=True))

    def ranker(self, version: str, feature_version: str) -> LogisticRanker:
        """The ranker that serves these."""
        return LogisticRanker(version, feature_version, self)

    @classmethod
    def from_document(cls, document: JSON) -> LogisticParameters:
        """Read back what `to_document` wrote.

        Raises:
            Damaged: a figure is missing or not finite, a scale is not above 0, or the columns differ in length.
        """
        if not isinstance(document, dict):
            raise _damaged("is not a set of parameters")
        names = document.get("names")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise _damaged("does not name its features")
        mean, scale, coefficients = (_finite(document.get(name), len(names)) for name in _COLUMNS)
        if min(scale) <= 0:
            raise _damaged("has a scale that is not above 0")
        (intercept,) = _finite([document.get("intercept")], 1)
        return cls(tuple(str(name) for name in names), mean, scale, coefficients, intercept)


class LogisticRanker:
    """P(the viewer likes the candidate) from one row of features.

    A feature that is NaN counts as the training mean, so it moves nothing. One farther than `FARTHEST` standard
    deviations from that mean counts as that far. An infinite one makes the row NaN.

    Args:
        version: of the model.
        feature_version: whose columns it reads.

    Raises:
        Damaged: the parameters are not for exactly these features.

    >>> from twofold.features.spec import VERSIONS
    >>> ones, zeros = (1.0,) * 4, (0.0,) * 4
    >>> parameters = LogisticParameters(VERSIONS["h1"].names, zeros, ones, ones, 0.0)
    >>> LogisticRanker("m0001", "h1", parameters).predict(np.zeros((1, 4), np.float32))
    array([0.5])
    """

    calibrated = True

    def __init__(self, version: str, feature_version: str, parameters: LogisticParameters) -> None:
        if parameters.names != version_of(feature_version).names:
            raise _damaged("is not for the features that the registry names")
        self.version, self.feature_version, self.parameters = version, feature_version, parameters
        self._mean, self._scale = np.array(parameters.mean), np.array(parameters.scale)
        self._coefficients = np.array(parameters.coefficients)

    @classmethod
    def from_model(cls, model: LoadedModel) -> LogisticRanker:
        """The ranker of a loaded model.

        Raises:
            Damaged: the model holds none, or a broken one.
            Refused: its features have changed their meaning since it was trained.
        """
        record = model.record
        if record.feature_version is None or RANKER_DOCUMENT not in model.artifact.documents:
            raise _damaged("is missing")
        version_of(record.feature_version, record.feature_hash)
        parameters = LogisticParameters.from_document(model.artifact.documents[RANKER_DOCUMENT])
        return cls(record.version, record.feature_version, parameters)

    def predict(self, features: Floats) -> Doubles:
        """(m, d) -> (m,) probabilities; NaN where a feature is infinite."""
        found = np.empty(len(features))
        predict(features, self._mean, self._scale, self._coefficients, self.parameters.intercept, found)
        return found

    def contributions(self, features: Floats) -> Doubles:
        """(m, d) -> (m, d): how far each feature moved the log-odds from the average training row's."""
        with np.errstate(invalid="ignore"):  # an infinite feature with a coefficient of 0
            return np.asarray(self._standardised(features) * self._coefficients)

    def _standardised(self, features: Floats) -> Doubles:
        standard = (features.astype(np.float64) - self._mean) / self._scale
        clipped = np.where(np.isinf(standard), standard, np.clip(standard, -FARTHEST, FARTHEST))
        return np.where(np.isnan(features), 0.0, clipped)


def _finite(values: JSON, length: int) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != length:
        raise _damaged("has columns of unequal length")
    figures = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(figures) != length or not all(map(math.isfinite, figures)):
        raise _damaged("holds something that is not a finite figure")
    return tuple(figures)


def _damaged(what: str) -> Damaged:
    return Damaged(f"the ranker of the model {what}; {REMEDY}")


@compiled
def predict(
    features: Table[np.float32],
    mean: Column[np.float64],
    scale: Column[np.float64],
    coefficients: Column[np.float64],
    intercept: float,
    found: Written[np.float64],
) -> None:
    """Fill in (m,) as `LogisticRanker.predict`, of parameters (d,)."""
    for row in range(len(features)):
        odds = intercept
        for column in range(len(mean)):
            standard = (features[row, column] - mean[column]) / scale[column]
            if np.isinf(standard):
                odds = np.nan
            elif not np.isnan(standard):
                odds += min(max(standard, -FARTHEST), FARTHEST) * coefficients[column]
        found[row] = 0.5 * (1.0 + np.tanh(0.5 * odds))  # the logistic function, without overflow
