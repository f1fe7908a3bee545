"""What lists are worth to each viewer, and how sure one kind of lists is better than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.lists import K, Shown
from twofold.evaluation.product import Found
from twofold.evaluation.targets import Targets
from twofold.metrics.bootstrap import Bootstrap, Interval
from twofold.metrics.lists import recall_of_hits

Metric = Literal["both", "recall", "mutual"]


@dataclass(frozen=True, slots=True)
class Worth:
    """(n,) Recall@20 and mutual Recall@20 of each viewer's list; NaN where there is nothing to find.

    >>> Worth(np.array([0.5, 0.1]), np.array([np.nan, 0.2])).value("both")
    0.25
    """

    recall: Doubles
    mutual: Doubles

    @classmethod
    def of(cls, shown: Shown) -> Worth:
        """Of lists that were made."""
        targets = shown.targets
        return cls(*(recall_of_hits(shown.hits(some), _sizes(some), K) for some in (targets.relevant, targets.mutual)))

    @classmethod
    def of_found(cls, found: Sequence[Found], targets: Targets, shares: dict[str, float]) -> Worth:
        """Of the lists that quotas would give, without making them."""
        lists = [each.list_by(shares, K) for each in found]
        return cls(_recalls(lists, targets.relevant), _recalls(lists, targets.mutual))

    def value(self, metric: Metric) -> float:
        """The figure; of both the mean, of what can be had."""
        return float(np.mean([each[some].mean() for each, some in self._parts(metric)] or [0.0]))

    def better_than(self, other: Worth, metric: Metric, rng: np.random.Generator) -> Interval:
        """By how much, with its paired 95 % interval: viewers are drawn, each with both of their lists.

        A mean over some of the viewers enters by its linear part, so that one draw serves both means.
        """
        gains = []
        for (mine, some), (others, _) in zip(self._parts(metric), other._parts(metric), strict=True):
            difference = np.where(some, mine - others, 0.0)
            mean = difference[some].mean()
            gains.append(np.where(some, mean + (difference - mean) * (len(some) / some.sum()), mean))
        if not gains:
            return Interval.none()
        return Bootstrap(np.arange(len(self.recall)), rng).mean(np.mean(gains, axis=0))

    def _parts(self, metric: Metric) -> list[tuple[Doubles, Keys]]:
        wanted = {"both": (self.recall, self.mutual), "recall": (self.recall,), "mutual": (self.mutual,)}[metric]
        parts = [(each, np.isfinite(each)) for each in wanted]
        return [(each, some) for each, some in parts if some.any()]


def _recalls(lists: Sequence[Keys], wanted: Sequence[Keys]) -> Doubles:
    found = [
        np.isin(keys, some).sum() / min(K, len(some)) if len(some) else np.nan
        for keys, some in zip(lists, wanted, strict=True)
    ]
    return np.array(found, np.float64)


def _sizes(some: Sequence[Keys]) -> Keys:
    return np.array([len(each) for each in some], np.int64)
