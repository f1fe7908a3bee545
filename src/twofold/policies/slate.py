"""The policy that keeps a few places for chance, and knows with what probability each of them was filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool, Slate, best_first

# 60 x 0.05 and its like miss a whole number by about 1e-15.
ROUNDING = 1e-9


class ExplorationSlots:
    """The best by score, but for a share of places that go to the first people an exploration source drew.

    Why the recorded propensity is exact, and what else was considered: docs/adr/0004-exploration-slot.md.

    >>> ExplorationSlots(ExplorationSlots.Config(share=0.05)).name
    'exploration_slots'
    """

    @dataclass(frozen=True, slots=True)
    class Config:
        """``share`` of the places, from 0 to 1, go to people of ``source``, whose list is a uniform draw.

        A twentieth: one of the usual 20 places, dear enough to learn from and too little to spoil a list.
        """

        share: float = 0.05
        source: str = "exploration"

        def __post_init__(self) -> None:
            if not 0 <= self.share <= 1:
                raise ValueError("share: expected a number from 0 to 1")

    name = "exploration_slots"

    def __init__(self, config: Config | None = None) -> None:
        self._config = config or self.Config()

    def arrange(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        """The slate by falling score, the drawn among it; then the reserve, by falling score too.

        Propensities are those of being drawn for a slot, NaN for all who were not drawn; 1 for everybody where everyone
        eligible is shown.
        """
        length = min(query.limit, len(pool))
        least, rest = split_share(length, self._config.share)
        drawn = pool.leading(self._config.source)
        chosen = drawn[: least + int(query.rng.random() < rest)]
        order = with_chosen(best_first(scores), chosen, length)
        propensities = np.full(len(pool), np.nan)
        if len(pool) == length == pool.eligible:
            propensities[:] = 1.0
        elif len(chosen):
            expected = (1 - rest) * min(least, len(drawn)) + rest * min(least + 1, len(drawn))
            propensities[chosen] = expected / pool.eligible
        return Slate(order, propensities)


def split_share(length: int, share: float) -> tuple[int, float]:
    """How many slots a list has for sure, and the probability of one more.

    >>> split_share(20, 0.05), split_share(30, 0.05)
    ((1, 0.0), (1, 0.5))
    """
    exact = length * share
    least = int(exact + ROUNDING)
    rest = exact - least
    return least, rest if rest > ROUNDING else 0.0


def with_chosen(order: NDArray[np.intp], chosen: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """The order in which ``chosen`` are among the first ``length``, and all else stays as it is.

    >>> with_chosen(np.array([3, 1, 0, 2]), np.array([2]), length=2).tolist()
    [3, 2, 1, 0]
    """
    is_chosen = np.isin(order, chosen)
    best = np.flatnonzero(~is_chosen)[: length - len(chosen)]
    shown = is_chosen.copy()
    shown[best] = True
    return np.concatenate([order[shown], order[~shown]])
