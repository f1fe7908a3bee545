"""How far the served vectors differ from those the ranker learned from, on people who were paired by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.models.calibration import Calibration
from twofold.pipeline.stages import Ranker

SMALLEST = 1e-12


def shifts(names: Sequence[str], before: Floats, after: Floats) -> dict[str, float]:
    """By feature, the difference of the means in standard deviations of the pairs; equal ones are left out.

    >>> shifts(["a"], np.array([[0.0], [2.0]], np.float32), np.array([[1.0], [3.0]], np.float32))
    {'shift_a': 1.0}
    """
    found = {}
    for place, name in enumerate(names):
        one, other = before[:, place].astype(np.float64), after[:, place].astype(np.float64)
        if np.array_equal(one, other, equal_nan=True):
            continue
        known = one[np.isfinite(one)], other[np.isfinite(other)]
        spread = float(np.std(known[0])) if len(known[0]) else 0.0
        if spread > 0 and len(known[1]):
            found[f"shift_{name}"] = float((known[1].mean() - known[0].mean()) / spread)
    return found


def level_shift(ranker: Ranker, calibration: Calibration, before: Floats, after: Floats) -> float:
    """What to add to the log-odds so that their mean over the pairs is what it was with the earlier vectors."""
    one, other = (_log_odds(calibration.apply(ranker.predict(rows))) for rows in (before, after))
    return float(np.nanmean(one) - np.nanmean(other)) if len(one) else 0.0


def _log_odds(probabilities: Doubles) -> Doubles:
    inside = np.clip(probabilities, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(inside / (1 - inside)))
