"""Quotas as whole percents, and the steps from one to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from twofold.pipeline.blend import split_quotas

EXPLORATION = "exploration"
LEAST_EXPLORATION = 5  # percent: below it nobody new is ever seen, and propensities have nothing to stand on
# Percents that one source is set to; finer ones differ by less than a person in a list of 20.
GRID = (0, 5, 10, 15, 20, 30, 40, 50, 70)
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Quotas:
    """Whole percents of the candidates per source, in the order in which sources fill up; they add up to 100.

    >>> Quotas(("content", "exploration"), (70, 30)).shares
    {'content': 0.7, 'exploration': 0.3}
    """

    names: tuple[str, ...]
    percents: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str], shares: Mapping[str, float]) -> Quotas:
        """Any shares as whole percents of these sources, exploration with its least; others than these are left out.

        >>> Quotas.of(("a", "exploration"), {"a": 3.0}).percents
        (95, 5)
        """
        given = {name: shares.get(name, 0.0) for name in names}
        if sum(given.values()) <= 0:
            given = dict.fromkeys(names, 1.0)
        whole = split_quotas(given, HUNDRED)
        if 0 <= whole.get(EXPLORATION, HUNDRED) < LEAST_EXPLORATION:
            others = {name: given[name] for name in names if name != EXPLORATION}
            whole = {**split_quotas(others, HUNDRED - LEAST_EXPLORATION), EXPLORATION: LEAST_EXPLORATION}
        return cls(tuple(names), tuple(whole[name] for name in names))

    @classmethod
    def equal(cls, names: Sequence[str]) -> Quotas:
        """To each the same."""
        return cls.of(names, dict.fromkeys(names, 1.0))

    @property
    def shares(self) -> dict[str, float]:
        """As settings have them; sources without a share are not named, and not asked."""
        return {name: share / HUNDRED for name, share in zip(self.names, self.percents, strict=True) if share}

    @property
    def evenness(self) -> float:
        """Entropy in nats: the more even, the higher."""
        return -sum(share / HUNDRED * math.log(share / HUNDRED) for share in self.percents if share)

    def neighbours(self) -> Iterator[Quotas]:
        """One source set to each value of the grid, the others as they are to each other."""
        for name, present in zip(self.names, self.percents, strict=True):
            for value in GRID:
                if value != present and not (name == EXPLORATION and value < LEAST_EXPLORATION):
                    yield self._with(name, value)

    def _with(self, name: str, value: int) -> Quotas:
        others = {each: float(share) for each, share in zip(self.names, self.percents, strict=True) if each != name}
        if sum(others.values()) <= 0:
            others = dict.fromkeys(others, 1.0)
        rest = HUNDRED - value
        whole = {**split_quotas(others, rest), name: value}
        if name != EXPLORATION and whole.get(EXPLORATION, HUNDRED) < LEAST_EXPLORATION:
            left = {each: share for each, share in others.items() if each != EXPLORATION}
            left = left if sum(left.values()) > 0 else dict.fromkeys(left, 1.0)
            whole = {**split_quotas(left, rest - LEAST_EXPLORATION), name: value, EXPLORATION: LEAST_EXPLORATION}
        return Quotas(self.names, tuple(whole[each] for each in self.names))
