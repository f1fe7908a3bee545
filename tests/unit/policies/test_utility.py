"""What every utility promises: it rises with either side and stays a probability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.policies.utility import UTILITIES
from twofold.settings import Settings

SIDES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20)


@pytest.mark.parametrize("name", UTILITIES)
@given(rows=SIDES)
def test_it_rises_with_either_side_and_stays_between_0_and_1(name: str, rows: list[tuple[float, float, float]]) -> None:
    utility = UTILITIES[name]
    one, low, high = (np.array(column) for column in zip(*rows, strict=True))
    low, high = np.minimum(low, high), np.maximum(low, high)
    for less, more in ((utility(one, low), utility(one, high)), (utility(low, one), utility(high, one))):
        assert (more >= less - 1e-12).all()
        assert ((less >= 0) & (more <= 1)).all()


@pytest.mark.parametrize("name", [name for name in UTILITIES if name != "one-sided"])
def test_the_two_sides_count_alike_and_a_no_is_a_no(name: str) -> None:
    one, other = np.array([0.3, 0.9, 0.0]), np.array([0.7, 0.2, 1.0])
    np.testing.assert_allclose(UTILITIES[name](one, other), UTILITIES[name](other, one))
    assert UTILITIES[name](one, other)[2] == 0


@pytest.mark.parametrize("name", UTILITIES)
def test_what_cannot_be_told_stays_so(name: str) -> None:
    assert np.isnan(UTILITIES[name](np.array([np.nan]), np.array([0.5]))).all()


def test_the_setting_knows_them_all() -> None:
    for name in UTILITIES:
        assert Settings.model_validate({"utility": name}).utility == name
