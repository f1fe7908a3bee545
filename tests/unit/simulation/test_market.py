"""The market proposes within the viewer's own limits and judges both sides'."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.time import Micros
from twofold.simulation.market import Market
from twofold.simulation.residents import Residents, draw_residents

NOW = Micros(1_790_000_000_000_000)


@pytest.fixture(scope="module")
def residents() -> Residents:
    return draw_residents(1_000, NOW, np.random.default_rng(5))


def test_proposals_are_of_a_gender_and_age_that_the_viewer_seeks(residents: Residents) -> None:
    viewers = np.repeat(np.arange(len(residents)), 5)
    drawn = Market(residents, np.ones(len(residents))).propose(viewers, np.random.default_rng(1))
    viewers, drawn = viewers[drawn >= 0], drawn[drawn >= 0]
    assert len(drawn) > 4_000
    assert residents.seeking[viewers, residents.gender[drawn]].all()
    assert (residents.min_age[viewers] <= residents.age[drawn]).all()
    assert (residents.age[drawn] <= residents.max_age[viewers]).all()


def test_who_has_more_exposure_comes_up_more(residents: Residents) -> None:
    exposure = np.ones(len(residents))
    exposure[:100] = 20.0
    viewers = np.repeat(np.arange(len(residents)), 10)
    drawn = Market(residents, exposure).propose(viewers, np.random.default_rng(1))
    counts = np.bincount(drawn[drawn >= 0], minlength=len(residents))
    assert counts[:100].mean() > 5 * counts[100:].mean()


def test_suiting_is_mutual(residents: Residents) -> None:
    rng = np.random.default_rng(2)
    one, other = rng.integers(len(residents), size=(2, 5_000))
    market = Market(residents, np.ones(len(residents)))
    suited = market.suits(one, other)
    assert np.array_equal(suited, market.suits(other, one))
    assert 0.01 < suited.mean() < 0.5
