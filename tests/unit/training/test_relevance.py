"""How much of a score the relevance head gets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twofold.training.relevance import SHARES, choose_share

RECALLS = arrays(np.float64, (len(SHARES), 30), elements=st.floats(0, 1))


@given(recalls=RECALLS)
def test_the_head_comes_in_only_when_more_than_chance_speaks_for_it(recalls: np.ndarray) -> None:
    found = dict(zip(SHARES, recalls, strict=True))
    share = choose_share(found)
    gain = found[share] - found[1.0]
    assert share == 1.0 or gain.mean() > gain.std() / np.sqrt(len(gain))
    if share < 1.0:
        assert found[share].mean() == pytest.approx(max(each.mean() for each in found.values()))


def test_of_equal_shares_the_probabilities_keep_the_larger() -> None:
    same = np.linspace(0.4, 0.6, 20)
    assert choose_share({1.0: same, 0.5: same, 0.0: same}) == 1.0
    assert choose_share({1.0: same - 0.3, 0.5: same, 0.0: same}) == 0.5
