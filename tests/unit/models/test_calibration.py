"""Calibration: a rising map that keeps order and NaN, is read back as it was written, and refuses anything else."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twofold.domain.errors import Damaged
from twofold.models.calibration import Calibration

FIGURES = st.floats(-5, 5, allow_nan=False)
STEPS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8)


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    kind, shift = draw(st.sampled_from(["none", "platt", "isotonic"])), draw(FIGURES)
    if kind == "platt":
        return Calibration("platt", draw(st.floats(0.1, 4)), draw(FIGURES), shift=shift)
    if kind == "isotonic":
        said, seen = zip(*draw(STEPS), strict=True)
        return Calibration("isotonic", said=tuple(sorted(said)), seen=tuple(sorted(seen)), shift=shift)
    return Calibration(shift=shift)


@given(calibrations(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_it_is_a_rising_map_of_probabilities(calibration: Calibration, said: list[float]) -> None:
    found = calibration.apply(np.sort(np.array(said)))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= -1e-12).all()


@given(calibrations(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_what_is_written_is_read_back(calibration: Calibration, said: list[float]) -> None:
    read = Calibration.from_document(json.loads(json.dumps(calibration.to_document())))
    assert read == calibration
    np.testing.assert_array_equal(read.apply(np.array(said)), calibration.apply(np.array(said)))


@given(calibrations())
def test_what_is_not_known_stays_so(calibration: Calibration) -> None:
    assert np.isnan(calibration.apply(np.array([np.nan, 0.5]))).tolist() == [True, False]


@given(calibrations(), st.floats(0.01, 0.99), FIGURES)
def test_a_shift_is_added_to_the_log_odds(calibration: Calibration, said: float, shift: float) -> None:
    before, after = (each.apply(np.array([said]))[0] for each in (calibration, calibration.shifted(shift)))
    assume(1e-6 < before < 1 - 1e-6)
    odds = math.log(before / (1 - before)) + shift
    assert after == pytest.approx(1 / (1 + math.exp(-odds)), rel=1e-6)


def test_each_kind_by_hand() -> None:
    said = np.array([0.0, 0.25, 0.5, 1.0])
    assert Calibration().apply(said) is said
    line = Calibration("platt", slope=2.0, intercept=-1.0).apply(np.array([0.5, 0.8]))
    assert line.tolist() == pytest.approx([1 / (1 + math.e), 1 / (1 + math.exp(1 - 2 * math.log(4)))])
    steps = Calibration("isotonic", said=(0.2, 0.6), seen=(0.1, 0.3)).apply(said)
    assert steps.tolist() == pytest.approx([0.1, 0.125, 0.25, 0.3])
    assert Calibration("platt").apply(np.array([0.0, 1.0])).tolist() == pytest.approx([0, 1], abs=1e-11)


GOOD: dict[str, Any] = Calibration("isotonic", said=(0.2, 0.6), seen=(0.1, 0.3), shift=0.5).to_document()
HARM: list[Any] = [
    None,
    [],
    "platt",
    {},
    GOOD | {"kind": "beta"},
    GOOD | {"kind": None},
    GOOD | {"slope": 0},
    GOOD | {"slope": -1.0},
    GOOD | {"slope": True},
    GOOD | {"slope": "1"},
    GOOD | {"intercept": math.nan},
    GOOD | {"shift": math.inf},
    GOOD | {"said": [0.6, 0.2]},
    GOOD | {"seen": [0.3, 0.1]},
    GOOD | {"said": [0.2]},
    GOOD | {"said": [], "seen": []},
    GOOD | {"said": "0.2"},
    GOOD | {"said": [0.2, None]},
    *({name: value for name, value in GOOD.items() if name != left} for left in GOOD),
]


@pytest.mark.parametrize("document", HARM, ids=range(len(HARM)))
def test_anything_else_is_refused(document: Any) -> None:
    with pytest.raises(Damaged, match=r"calibration .* train again"):
        Calibration.from_document(document)
    Calibration.from_document(GOOD)
