"""Documents of a model that tests make by hand."""

from __future__ import annotations

from collections.abc import Mapping

from twofold.models.artifact import JSON
from twofold.models.calibration import Calibration
from twofold.models.loaded import CALIBRATION_DOCUMENT, RANKER_DOCUMENT
from twofold.rankers.logistic import LogisticParameters


def ranker_documents(parameters: LogisticParameters, calibration: Calibration | None = None) -> Mapping[str, JSON]:
    """What an artifact holds of a second stage, both directions calibrated alike (None: taken as they are)."""
    both = (calibration or Calibration()).to_document()
    return {RANKER_DOCUMENT: parameters.to_document(), CALIBRATION_DOCUMENT: {"there": both, "back": both}}
