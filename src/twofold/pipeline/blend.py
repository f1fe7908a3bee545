"""Merging what the sources bring: quotas first, then filling up, nobody twice, every source remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Candidates, Keys
from twofold.pipeline.slate import Pool


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


def blend(found: Sequence[tuple[str, Candidates]], quotas: Mapping[str, int], total: int, eligible: int) -> Pool:
    """One pool of at most ``total`` people, each remembering every source whose list they are in.

    What one source is short of its quota the next brings, after the last the first.

    The first ``quota`` of a list are always taken, since quotas add up to at most ``total``: that is what `Pool.sure`
    says, and what makes exploration's propensities exact.

    Args:
        found: (name, list) per source, in the order in which they fill each other up; nobody twice in one list.
        quotas: new people each source may bring first.
        total: how many to reach; lists that are long enough reach it whatever they share.
        eligible: how many people the sources chose from.
    """
    lists = [candidates.keys for _, candidates in found]
    keys = np.concatenate(lists) if lists else np.empty(0, np.int64)
    ends = np.cumsum([len(each) for each in lists], dtype=np.int64)
    wanted = [quotas.get(name, 0) for name, _ in found]
    chosen, rows = taken(keys, ends, np.array(wanted, np.int64), total)
    own = np.full((len(chosen), len(found)), np.nan, np.float32)
    ranks = np.full((len(chosen), len(found)), -1, np.int32)
    for column, (_, candidates) in enumerate(found):
        places = rows[ends[column] - len(candidates) : ends[column]]
        here = np.flatnonzero(places >= 0)
        own[places[here], column] = candidates.scores[here]
        ranks[places[here], column] = here
    return Pool(
        keys=chosen,
        sources=tuple(name for name, _ in found),
        own=own,
        ranks=ranks,
        sure=tuple(min(quota, len(each)) for quota, each in zip(wanted, lists, strict=True)),
        eligible=eligible,
    )


@compiled
def taken(
    keys: Column[np.int64], ends: Column[np.int64], quotas: Column[np.int64], total: int
) -> tuple[Keys, NDArray[np.int64]]:
    """The pool of some lists: its keys in the order in which they came in, and (n,) where each entry stands there; -1:
    not at all.

    Args:
        keys: (n,) of all lists, one after the other.
        ends: (lists,) where each ends.
        quotas: (lists,) new people that each may bring first.
        total: how many at most.
    """
    lists, first = len(ends), same_as(keys)
    chosen, rows = np.empty(min(total, len(keys)), np.int64), np.full(len(keys), -1, np.int64)
    next_, missing, count = np.zeros(lists, np.int64), np.full(lists + 1, total), 0
    for walk in range(lists):
        before = count
        count = walked(walk, min(quotas[walk], total - count), keys, ends, first, next_, chosen, rows, count)
        missing[walk] = quotas[walk] - (count - before)
    # What each is short of the others bring, beginning with the one after it; at last whoever can, up to the total.
    for short in range(lists + 1):
        for step in range(lists):
            walk, before = (short + 1 + step) % lists if short < lists else step, count
            count = walked(walk, min(missing[short], total - count), keys, ends, first, next_, chosen, rows, count)
            missing[short] -= count - before
    for entry in range(len(keys)):
        rows[entry] = rows[first[entry]]
    return chosen[:count], rows


@compiled
def walked(
    walk: int,
    wanted: int,
    keys: Column[np.int64],
    ends: Column[np.int64],
    first: Column[np.int64],
    next_: Written[np.int64],
    chosen: Written[np.int64],
    rows: Written[np.int64],
    count: int,
) -> int:
    """Read one list on until ``wanted`` are new; how many are chosen then. Whom another list brought costs nothing."""
    start = ends[walk - 1] if walk else 0
    while wanted > 0 and start + next_[walk] < ends[walk]:
        entry = first[start + next_[walk]]
        next_[walk] += 1
        if rows[entry] < 0:
            rows[entry], chosen[count] = count, keys[entry]
            count += 1
            wanted -= 1
    return count


@compiled
def same_as(keys: Column[np.int64]) -> NDArray[np.int64]:
    """(n,) the first entry that has the same key."""
    order, first = np.argsort(keys, kind="mergesort"), np.arange(len(keys))
    for number in range(1, len(keys)):
        if keys[order[number]] == keys[order[number - 1]]:
            first[order[number]] = first[order[number - 1]]
    return first
