"""The index of the first stage against exact search, among the people a viewer may see."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from twofold.bench.spread import Spread
from twofold.domain.candidate import Floats, Keys

K = 100
WARM = 5  # searches before those that count

EligibleOf = Callable[[int], Keys]
"""Sorted keys of the people a viewer may see, by all filters."""

SourcesOf = Callable[[int, Keys], Iterator[str]]
"""Asks one source of candidates after the other for a viewer, among eligible keys; each name once it has answered."""

Search = Callable[[Floats, Keys, int], Keys]
"""The k best for a vector among eligible keys, best first."""


class RetrievalRow(msgspec.Struct, frozen=True, kw_only=True):
    """Viewers of one kind in one world.

    Args:
        world: ``heavy-tailed`` or ``flat`` popularity.
        limit: whether the viewers limit the distance.
        eligible: people a viewer may see, the mean.
        recall: at 100, of exact search; who is as near as the hundredth counts as found.
        filter_ms: telling who is eligible. search_ms: the index. ms: both.
        exact_ms: all inner products of the eligible, and a partial sort.
        sources_ms: of each source of candidates that serves, by its name.
    """

    world: str
    limit: bool
    viewers: int
    eligible: float
    recall: float
    ms: Spread
    filter_ms: Spread
    search_ms: Spread
    exact_ms: Spread
    sources_ms: dict[str, Spread]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One world's index.

    Args:
        vectors: (n, d) viewers; ``candidates``: (n, d) those searched among, with ``has`` (n,) who has a vector.
    """

    world: str
    viewers: Floats
    candidates: Floats
    has: np.ndarray[tuple[int], np.dtype[np.bool_]]
    eligible_of: EligibleOf
    search: Search
    sources_of: SourcesOf

    def measure(self, viewers: Keys, limit: bool) -> RetrievalRow:
        """Viewers who have a vector, one after the other, on one thread."""
        spent: dict[str, list[float]] = {"filter": [], "search": [], "exact": []}
        sources: dict[str, list[float]] = {}
        recalls, counts = [], []
        with threadpool_limits(1):
            for place, viewer in enumerate([*viewers[:WARM].tolist(), *viewers.tolist()]):
                recall, eligible, times = self._one(viewer)
                asked = self._asked(viewer, eligible)
                if place >= min(WARM, len(viewers)):
                    recalls.append(recall)
                    counts.append(len(eligible))
                    for name, each in times.items():
                        spent[name].append(each)
                    for name, each in asked.items():
                        sources.setdefault(name, []).append(each)
        both = np.array(spent["filter"]) + np.array(spent["search"])
        return RetrievalRow(
            world=self.world,
            limit=limit,
            viewers=len(recalls),
            eligible=round(float(np.mean(counts)), 1) if counts else 0.0,
            recall=round(float(np.nanmean(recalls)), 5) if counts and not np.isnan(recalls).all() else float("nan"),
            ms=Spread.of(both),
            filter_ms=Spread.of(spent["filter"]),
            search_ms=Spread.of(spent["search"]),
            exact_ms=Spread.of(spent["exact"]),
            sources_ms={name: Spread.of(each) for name, each in sources.items()},
        )

    def _asked(self, viewer: int, eligible: Keys) -> dict[str, float]:
        """Seconds of each source."""
        spent, start = {}, time.perf_counter()
        for name in self.sources_of(viewer, eligible):
            end = time.perf_counter()
            spent[name], start = end - start, end
        return spent

    def _one(self, viewer: int) -> tuple[float, Keys, dict[str, float]]:
        vector = np.asarray(self.viewers[viewer], np.float32)
        marks = [time.perf_counter()]
        eligible = self.eligible_of(viewer)
        marks.append(time.perf_counter())
        found = self.search(vector, eligible, K)
        marks.append(time.perf_counter())
        best = exact(vector, self.candidates, eligible[self.has[eligible]], K)
        marks.append(time.perf_counter())
        times = dict(zip(("filter", "search", "exact"), np.diff(marks).tolist(), strict=True))
        return recall_of(found, best, vector, self.candidates), eligible, times


def exact(vector: Floats, candidates: Floats, eligible: Keys, k: int) -> Keys:
    """The k best of the eligible by inner product, in no order."""
    products = candidates[eligible] @ vector
    return eligible if len(eligible) <= k else eligible[np.argpartition(-products, k - 1)[:k]]


def recall_of(found: Keys, best: Keys, vector: Floats, candidates: Floats) -> float:
    """Share of the best that was found; NaN when there are none.

    Found is whoever is as near as the last of the best, to a rounding: of equals any will do.

    >>> people = np.array([[3.0], [2.0], [1.0]], np.float32)
    >>> recall_of(np.array([0, 2]), np.array([0, 1]), np.array([1.0], np.float32), people)
    0.5
    """
    if not len(best):
        return float("nan")
    least = float((candidates[best] @ vector).min())
    near = candidates[found] @ vector >= least - 1e-5 * max(1.0, abs(least))
    return float(min(int(near.sum()), len(best)) / len(best))
