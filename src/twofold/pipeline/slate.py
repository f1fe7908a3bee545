"""Between the stages: the merged pool of candidates, and the order a policy gives it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Codes, Doubles, Floats, Keys


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of all sources, nobody twice.

    Args:
        keys: (m,) person keys.
        sources: names of the sources, in the order of the columns.
        own: (m, sources) each source's own score; NaN where it did not bring the person.
        ranks: (m, sources) place in each source's list, 0 for its first; -1 where it did not bring the person.
        sure: (sources,) so many from the top of each list are in the pool, whatever the other sources bring.
        eligible: how many people the sources chose from.
    """

    keys: Keys
    sources: tuple[str, ...]
    own: Floats
    ranks: NDArray[np.int32]
    sure: tuple[int, ...]
    eligible: int

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, rows: NDArray[np.intp]) -> Pool:
        """The pool of some of its people."""
        return replace(self, keys=self.keys[rows], own=self.own[rows], ranks=self.ranks[rows])

    def brought_by(self, rows: NDArray[np.intp] | list[int]) -> list[tuple[str, ...]]:
        """Of some candidates, the names of the sources that brought each."""
        return [tuple(compress(self.sources, each)) for each in (self.ranks[rows] >= 0).tolist()]

    def brought(self) -> dict[str, Floats]:
        """Per source (m,): 1 where it brought the candidate, else 0."""
        columns = (self.ranks >= 0).astype(np.float32)
        return {name: columns[:, place] for place, name in enumerate(self.sources)}

    def leading(self, source: str) -> NDArray[np.intp]:
        """Rows of the people at the top of one source's list, in its order, as far as nothing but that source decides
        that they are here; nobody when there is no such source."""
        if source not in self.sources:
            return np.empty(0, np.intp)
        column = self.sources.index(source)
        return at_ranks(self.ranks[:, column], self.sure[column])


@dataclass(frozen=True, slots=True)
class Slate:
    """An order of a pool.

    Args:
        order: (m,) rows of the pool, a permutation: the first ``limit`` are shown, the rest is the reserve.
        propensities: (m,) by row of the pool: the probability with which this person was drawn to be shown; NaN where
            nothing was drawn.
        withheld: (m,) uint8 by row of the pool: a `Removed` code for whom the policy does not let be shown, not from
            the reserve either; 0 for all others. None withholds nobody.
    """

    order: NDArray[np.intp]
    propensities: Doubles
    withheld: Codes | None = None


@compiled
def at_ranks(ranks: Column[np.int32], below: int) -> NDArray[np.intp]:
    """Rows whose ranks are from 0 to below a number, by rank; no two have the same.

    >>> at_ranks(np.array([2, -1, 0, 9], np.int32), 5).tolist()
    [2, 0]
    """
    rows = np.full(below, -1, np.int64)
    for row in range(len(ranks)):
        if 0 <= ranks[row] < below:
            rows[ranks[row]] = row
    return rows[rows >= 0]


@compiled
def best_first(scores: Column[np.float64]) -> NDArray[np.intp]:
    """Rows by falling score; equal scores keep their order, NaN and infinities sink to the end.

    >>> best_first(np.array([0.2, np.nan, 0.9, np.inf])).tolist()
    [2, 0, 1, 3]
    """
    lost = np.empty(len(scores))
    for row in range(len(scores)):
        lost[row] = -scores[row] if np.isfinite(scores[row]) else np.inf
    return np.argsort(lost, kind="mergesort")
