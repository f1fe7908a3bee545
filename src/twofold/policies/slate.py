"""Who comes into the slate: a few places for chance, each filled with a known probability, and nobody too often."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Doubles, Removed
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool, Slate, best_first
from twofold.pipeline.stages import Policy
from twofold.policies.pacing import price
from twofold.population.population import Population

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
        people = len(pool.keys)
        length = min(query.limit, people)
        least, rest = split_share(length, self._config.share)
        drawn = pool.leading(self._config.source)
        chosen = drawn[: least + int(query.rng.random() < rest)]
        order = with_chosen(best_first(scores), chosen, length)
        propensities = np.empty(people)
        propensities[:] = np.nan
        if people == length == pool.eligible:
            propensities[:] = 1.0
        elif len(chosen):
            expected = (1 - rest) * min(least, len(drawn)) + rest * min(least + 1, len(drawn))
            propensities[chosen] = expected / pool.eligible
        return Slate(order, propensities)


class ExposureCap:
    """Nobody who is full (`population.exposure`) comes into the slate; all else is the policy's that it is put around.

    `filters.exposure` has taken full people out long before; this holds also when it failed, or a count filled up
    since. Where anybody is withheld here the propensities are unknown: the draw was made among others too.

    Args:
        inner: arranges those who are not full; None is `ExplorationSlots`.
        pacing: what each showing by which somebody is ahead of the period takes off their log-odds, in standard
            deviations of the pool's; 0 is none.

    >>> from twofold.domain.changes import EventColumns
    >>> ExposureCap(Population([], EventColumns.empty(), 0)).name
    'exposure_cap'
    """

    name = "exposure_cap"

    def __init__(self, population: Population, inner: Policy | None = None, pacing: float = 0.0) -> None:
        self._population, self._inner, self._pacing = population, inner or ExplorationSlots(), pacing

    def arrange(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        """The inner policy's slate and reserve of those who are not full; then those who are, withheld."""
        exposure = self._population.exposure
        if exposure.cap is None:
            return self._inner.arrange(query, pool, scores)
        full = exposure.full(pool.keys, query.as_of)
        if not full.any():
            return self._paced(query, pool, scores)
        free = np.flatnonzero(~full)
        slate = self._paced(query, pool.at(free), scores[free])
        withheld = np.where(full, Removed.EXPOSED, Removed.KEPT).astype(np.uint8)
        if slate.withheld is not None:
            withheld[free] = slate.withheld
        order = np.concatenate([free[slate.order], np.flatnonzero(full)])
        return Slate(order, np.full(len(pool), np.nan), withheld)

    def _paced(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        """The inner policy's slate by scores less prices; who is chosen stands in the order of the scores."""
        exposure, known = self._population.exposure, np.isfinite(scores)
        if not self._pacing or exposure.cap is None or not known.any():
            return self._inner.arrange(query, pool, scores)
        dear = price(exposure.counts(pool.keys, query.as_of), exposure.cap, exposure.elapsed(query.as_of))
        odds = _log_odds(scores)
        paced = odds - self._pacing * float(np.std(odds[known])) * exposure.cap * dear
        slate = self._inner.arrange(query, pool, paced)
        chosen, reserve = slate.order[: query.limit], slate.order[query.limit :]
        return replace(slate, order=np.concatenate([chosen[best_first(scores[chosen])], reserve]))


def _log_odds(scores: Doubles) -> Doubles:
    inside = np.clip(scores, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside / (1 - inside)))


def split_share(length: int, share: float) -> tuple[int, float]:
    """How many slots a list has for sure, and the probability of one more.

    >>> split_share(20, 0.05), split_share(30, 0.05)
    ((1, 0.0), (1, 0.5))
    """
    exact = length * share
    least = int(exact + ROUNDING)
    rest = exact - least
    return least, rest if rest > ROUNDING else 0.0


@compiled
def with_chosen(order: Column[np.int64], chosen: Column[np.int64], length: int) -> NDArray[np.intp]:
    """The order in which ``chosen`` are among the first ``length``, and all else stays as it is.

    Args:
        order: (m,) rows, a permutation.
        chosen: rows, no more than ``length``.

    >>> with_chosen(np.array([3, 1, 0, 2]), np.array([2]), 2).tolist()
    [3, 2, 1, 0]
    """
    is_chosen, left = np.zeros(len(order), np.bool_), length - len(chosen)
    for row in chosen:
        is_chosen[row] = True
    shown, reserve = np.empty(length, np.int64), np.empty(len(order) - length, np.int64)
    first = later = 0
    for row in order:
        if is_chosen[row] or left > 0:
            left -= not is_chosen[row]
            shown[first] = row
            first += 1
        else:
            reserve[later] = row
            later += 1
    return np.concatenate((shown, reserve))
