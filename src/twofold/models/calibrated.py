"""A trained ranker behind its calibration: one for each direction."""

from __future__ import annotations

from twofold.domain.candidate import Doubles, Floats
from twofold.models.calibration import Calibration
from twofold.pipeline.stages import Ranker


class Calibrated:
    """What a ranker says, calibrated; what moved it stays the ranker's own.

    >>> from twofold.rankers.heuristic import HeuristicRanker
    >>> Calibrated(HeuristicRanker(), Calibration()).version
    'heuristic'
    """

    calibrated = True

    def __init__(self, ranker: Ranker, calibration: Calibration) -> None:
        self._ranker, self._calibration = ranker, calibration
        self.version, self.feature_version = ranker.version, ranker.feature_version

    def predict(self, features: Floats) -> Doubles:
        """(m, d) -> (m,) probabilities."""
        return self._calibration.apply(self._ranker.predict(features))

    def contributions(self, features: Floats) -> Doubles:
        """(m, d) -> (m, d) as the ranker's own."""
        return self._ranker.contributions(features)
