"""From the vectors the ranker learned from to those that are served: what differs is told and set right."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.candidate import Doubles
from twofold.features.spec import VERSIONS
from twofold.models.calibration import Calibration
from twofold.rankers.logistic import LogisticParameters
from twofold.training.shift import level_shift, shifts

NAMES = VERSIONS["h1"].names
RANKER = LogisticParameters(NAMES, (0.0,) * 4, (1.0,) * 4, (0.5, 0.0, 0.0, 0.0), 0.1).ranker("m1", "h1")


def rows(seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(500, 4)).astype(np.float32)


def odds(probabilities: Doubles) -> Doubles:
    return np.asarray(np.log(probabilities / (1 - probabilities)))


def test_equal_columns_are_left_out_and_others_told_in_deviations() -> None:
    before = rows()
    after = before.copy()
    after[:, 1] += 2 * before[:, 1].std()
    after[:, 2] = np.nan
    before[:, 3] = after[:, 3] = np.nan
    found = shifts(NAMES, before, after)
    assert set(found) == {f"shift_{NAMES[1]}"}
    assert found[f"shift_{NAMES[1]}"] == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("calibration", [Calibration(), Calibration("platt", slope=0.5, intercept=-1.0)])
def test_the_level_is_what_it_was_with_the_earlier_vectors(calibration: Calibration) -> None:
    before = rows()
    after = before + np.float32(0.7)
    shift = level_shift(RANKER, calibration, before, after)
    assert shift == pytest.approx(-0.35 * calibration.slope, abs=1e-3)
    one = odds(calibration.apply(RANKER.predict(before))).mean()
    other = odds(calibration.shifted(shift).apply(RANKER.predict(after))).mean()
    assert one == pytest.approx(other, abs=1e-6)


def test_without_pairs_nothing_is_shifted() -> None:
    nobody = np.empty((0, 4), np.float32)
    assert level_shift(RANKER, Calibration(), nobody, nobody) == 0
    assert shifts(NAMES, nobody, nobody) == {}
