"""Merging what the sources bring: quotas first, then filling up, nobody twice, every source remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Shape, Written, compiled
from twofold.domain.candidate import Candidates, Keys
from twofold.pipeline.slate import Pool

NOBODY = Candidates.none()

Figures = Annotated[NDArray[np.float32], Shape(dimensions=2, written=True)]
Ranks = Annotated[NDArray[np.int32], Shape(dimensions=2, written=True)]


def split_quotas(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers that add up to ``total``, by largest remainder; shares need not add up to one.

    >>> split_quotas({"collaborative": 0.5, "content": 0.33, "exploration": 0.17}, 100)
    {'collaborative': 50, 'content': 33, 'exploration': 17}
    """
    weight = sum(shares.values())
    if weight <= 0:
        return dict.fromkeys(shares, 0)
    exact = {name: total * share / weight for name, share in shares.items()}
    whole = {name: int(value + 1e-9) for name, value in exact.items()}
    by_remainder = sorted(shares, key=lambda name: whole[name] - exact[name])
    for name in by_remainder[: total - sum(whole.values())]:
        whole[name] += 1
    return whole


@dataclass(frozen=True, slots=True)
class Plan:
    """How the lists of some sources become one pool.

    What one source is short of its quota the next brings, after the last the first.

    The first ``quota`` of a list are always taken, since quotas add up to at most ``total``: that is what `Pool.sure`
    says, and what makes exploration's propensities exact.

    Args:
        names: of the sources, in the order in which they fill each other up.
        quotas: (sources,) new people each may bring first.
        total: how many to reach; lists that are long enough reach it whatever they share.
    """

    names: tuple[str, ...]
    quotas: NDArray[np.int64]
    total: int

    @classmethod
    def of(cls, names: Sequence[str], quotas: Mapping[str, int], total: int) -> Plan:
        """By the quotas of sources; one that has none brings nobody first."""
        return cls(tuple(names), np.array([quotas.get(name, 0) for name in names], np.int64), total)

    def pool(self, lists: Sequence[Candidates], eligible: Keys) -> tuple[Pool, list[int]]:
        """At most ``total`` people, each remembering every source whose list they are in, and how many each brought.

        A source cannot break the law: whom it was not offered, and whom it brings a second time, it did not bring.

        Args:
            lists: by source.
            eligible: sorted keys of whom the sources were offered.
        """
        keys = np.concatenate([NOBODY.keys, *[each.keys for each in lists]], dtype=np.int64, casting="unsafe")
        own_scores = [NOBODY.scores, *[each.scores for each in lists]]
        scores = np.concatenate(own_scores, dtype=np.float32, casting="unsafe")
        lengths = np.array([each.keys.size for each in lists], np.int64)
        brought, most = np.empty(len(lists), np.int64), min(self.total, len(keys))
        chosen, own = np.empty(most, np.int64), np.empty((most, len(lists)), np.float32)
        ranks = np.empty((most, len(lists)), np.int32)
        count = blended(keys, scores, lengths, self.quotas, self.total, eligible, chosen, own, ranks, brought)
        sure = tuple(np.minimum(self.quotas, brought).tolist())
        pool = Pool(chosen[:count], self.names, own[:count], ranks[:count], sure, len(eligible))
        return pool, brought.tolist()


def blend(found: Sequence[tuple[str, Candidates]], quotas: Mapping[str, int], total: int, eligible: int) -> Pool:
    """As `Plan.pool`, of lists that are known to hold nobody but eligible people.

    Args:
        found: (name, list) per source.
        quotas: by source.
        eligible: how many people the sources chose from.
    """
    lists = [candidates for _, candidates in found]
    everyone = np.unique(np.concatenate([NOBODY.keys, *[each.keys for each in lists]]))
    pool, _ = Plan.of([name for name, _ in found], quotas, total).pool(lists, everyone)
    return replace(pool, eligible=eligible)


@compiled
def blended(
    keys: Column[np.int64],
    scores: Column[np.float32],
    lengths: Column[np.int64],
    quotas: Column[np.int64],
    total: int,
    eligible: Column[np.int64],
    chosen: Written[np.int64],
    own: Figures,
    ranks: Ranks,
    brought: Written[np.int64],
) -> int:
    """How many are in the pool of some lists: their keys in the order in which they came in, each source's own scores
    and ranks as `Pool` has them, and how many each list brought.

    Args:
        keys, scores: (n,) of all lists, one after the other.
        lengths, quotas: (lists,).
        total: how many at most.
    """
    # All that is lawful, list after list without gaps: where people stand among the eligible, and in ``keys``.
    places, entries = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    lawful(keys, lengths, eligible, places, entries, brought)
    rows = np.full(len(eligible), -1, np.int32)
    count = taken(places, brought, quotas, total, rows)
    own[:count], ranks[:count] = np.nan, -1
    entry = 0
    for number in range(len(brought)):
        for rank in range(brought[number]):
            row = rows[places[entry]]
            if row >= 0:
                chosen[row] = keys[entries[entry]]
                own[row, number], ranks[row, number] = scores[entries[entry]], rank
            entry += 1
    return count


@compiled
def lawful(
    keys: Column[np.int64],
    lengths: Column[np.int64],
    eligible: Column[np.int64],
    places: Written[np.int64],
    entries: Written[np.int64],
    brought: Written[np.int64],
) -> None:
    """Who of some lists is among the eligible, and in a list for the first time; how many are so, by list."""
    last = np.full(len(eligible), -1, np.int32)  # the list that each was in last
    start = count = 0
    for number in range(len(lengths)):
        before = count
        for entry in range(start, start + lengths[number]):
            found = np.searchsorted(eligible, keys[entry])
            if found == len(eligible) or eligible[found] != keys[entry] or last[found] == number:
                continue
            last[found], places[count], entries[count] = number, found, entry
            count += 1
        start, brought[number] = start + lengths[number], count - before


@compiled
def taken(
    places: Column[np.int64],
    lengths: Column[np.int64],
    quotas: Column[np.int64],
    total: int,
    rows: Written[np.int32],
) -> int:
    """How many are taken from some lists, and by place each person's row among them; -1: not at all.

    Args:
        places: (n,) of the people of all lists, one after the other.
        lengths: (lists,).
        quotas: (lists,) new people that each may bring first.
        total: how many at most.
    """
    lists, ends = len(lengths), np.cumsum(lengths)
    next_, missing, count = ends - lengths, np.full(lists + 1, total), 0
    for walk in range(lists):
        before = count
        count = walked(places, next_, ends, walk, min(quotas[walk], total - count), rows, count)
        missing[walk] = quotas[walk] - (count - before)
    # What each is short of the others bring, beginning with the one after it; at last whoever can, up to the total.
    for short in range(lists + 1):
        for step in range(lists):
            walk, before = (short + 1 + step) % lists if short < lists else step, count
            count = walked(places, next_, ends, walk, min(missing[short], total - count), rows, count)
            missing[short] -= count - before
    return count


@compiled
def walked(
    places: Column[np.int64],
    next_: Written[np.int64],
    ends: Column[np.int64],
    walk: int,
    wanted: int,
    rows: Written[np.int32],
    count: int,
) -> int:
    """Read one list on until ``wanted`` are new; how many are taken then. Whom another list brought costs nothing."""
    while wanted > 0 and next_[walk] < ends[walk]:
        place = places[next_[walk]]
        next_[walk] += 1
        if rows[place] < 0:
            rows[place] = count
            count += 1
            wanted -= 1
    return count
