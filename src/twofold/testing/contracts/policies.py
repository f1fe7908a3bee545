"""The contract of a policy: subclass `PolicyContract`, give the fixture `policy`, and every promise is tested."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.candidate import Candidates
from twofold.pipeline.blend import blend, split_quotas
from twofold.pipeline.slate import Pool
from twofold.pipeline.stages import Policy
from twofold.testing.contracts.town import query_of


def pool_of(people: int, seed: int = 0, total: int = 100) -> Pool:
    """A pool of which one half of the people were drawn, the others brought by two sources that agree on some."""
    rng = np.random.default_rng(seed)
    found = [
        (
            name,
            Candidates(
                rng.permutation(people).astype(np.int64)[:total],
                np.linspace(1, 0, min(people, total), dtype=np.float32),
            ),
        )
        for name in ("collaborative", "content", "exploration")
    ]
    shares = {"collaborative": 0.3, "content": 0.2, "exploration": 0.5}
    return blend(found, split_quotas(shares, total), total, people)


class PolicyContract:
    """What every policy promises: chosen and reserve together are the pool.

    ::

        class TestMyPolicy(PolicyContract):
            @pytest.fixture
            def policy(self) -> Policy:
                return MyPolicy()
    """

    @pytest.fixture
    def policy(self) -> Policy:
        """The policy to test."""
        raise NotImplementedError("give the fixture `policy`")

    def test_it_has_a_name(self, policy: Policy) -> None:
        assert policy.name.isidentifier()

    @pytest.mark.parametrize("people", [0, 1, 5, 30, 300])
    @pytest.mark.parametrize("limit", [1, 20, 200])
    def test_it_loses_adds_and_repeats_nobody(self, policy: Policy, people: int, limit: int) -> None:
        pool = pool_of(people)
        scores = np.random.default_rng(1).random(len(pool))
        slate = policy.arrange(query_of(1_000, limit), pool, scores)
        assert sorted(slate.order.tolist()) == list(range(len(pool)))
        assert slate.propensities.shape == (len(pool),)

    @pytest.mark.parametrize("limit", [1, 20, 200])
    def test_propensities_are_probabilities_or_unknown(self, policy: Policy, limit: int) -> None:
        pool = pool_of(300)
        scores = np.random.default_rng(1).random(len(pool))
        drawn = policy.arrange(query_of(1_000, limit), pool, scores).propensities
        known = drawn[~np.isnan(drawn)]
        assert ((known > 0) & (known <= 1)).all()

    def test_scores_that_are_no_numbers_are_no_error(self, policy: Policy) -> None:
        pool = pool_of(300)
        scores = np.full(len(pool), np.nan)
        scores[:3] = (np.inf, -np.inf, 0.5)
        assert sorted(policy.arrange(query_of(1_000), pool, scores).order.tolist()) == list(range(len(pool)))

    def test_the_same_chance_gives_the_same_order(self, policy: Policy) -> None:
        pool = pool_of(300)
        scores = np.random.default_rng(1).random(len(pool))
        one, two = (policy.arrange(query_of(1_000, seed=5), pool, scores) for _ in range(2))
        assert one.order.tolist() == two.order.tolist()
