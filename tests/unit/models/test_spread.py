"""What is kept of a feature's column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twofold.domain.candidate import Floats
from twofold.domain.errors import Damaged
from twofold.models.spread import Spread, spreads_of

COLUMNS = arrays(np.float32, st.integers(1, 40), elements=st.floats(-100, 100, width=32) | st.just(float("nan")))


@given(column=COLUMNS)
def test_a_spread_comes_back_from_its_document(column: Floats) -> None:
    spread = Spread.of(column)
    if spread is None:
        assert np.isnan(column).all()
        return
    assert Spread.from_document(spread.to_document()) == spread
    assert sum(spread.shares) == pytest.approx(1)
    assert all(share > 0 for share in spread.shares), "every bin holds somebody"
    assert len(spread.shares) <= 10


def test_two_values_make_two_bins_and_one_makes_one() -> None:
    flags = np.array([0] * 7 + [1] * 3, np.float32)
    spread = Spread.of(flags)
    assert spread is not None
    assert (spread.edges, spread.shares) == ((0.0,), (0.7, 0.3))
    assert spread.mean == pytest.approx(0.3)
    assert spread.scale == pytest.approx(0.21**0.5)
    constant = Spread.of(np.ones(5, np.float32))
    assert constant == Spread(1.0, 1.0, 0.0, (), (1.0,))


def test_features_that_nobody_knew_are_left_out() -> None:
    assert list(spreads_of(("a", "b"), np.array([[1, np.nan], [2, np.nan]], np.float32))) == ["a"]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"known": 1, "mean": 0, "scale": 1, "edges": [1], "shares": [1]},
        {"known": 1, "mean": 0, "scale": 1, "edges": "no", "shares": [1]},
        {"known": 1, "mean": float("nan"), "scale": 1, "edges": [], "shares": [1]},
        {"known": True, "mean": 0, "scale": 1, "edges": [], "shares": [1]},
    ],
)
def test_a_broken_document_is_told(document: object) -> None:
    with pytest.raises(Damaged, match="spread"):
        Spread.from_document(document)  # type: ignore[arg-type]
