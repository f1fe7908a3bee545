"""Merging what the sources bring: quotas first, then filling up, nobody twice, every source remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from twofold.domain.candidate import Candidates
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


class _Walk:
    """One source's list, read from the top."""

    def __init__(self, found: Candidates) -> None:
        self.keys: list[int] = found.keys.tolist()
        self.next = 0

    def take(self, wanted: int, pool: dict[int, int]) -> int:
        """Add people until ``wanted`` are new, and tell how many are missing; a person somebody else brought costs
        nothing of the quota."""
        while wanted > 0 and self.next < len(self.keys):
            key = self.keys[self.next]
            self.next += 1
            wanted -= key not in pool
            pool.setdefault(key, len(pool))
        return wanted


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
    pool: dict[int, int] = {}
    walks = [_Walk(candidates) for _, candidates in found]
    wanted = [quotas.get(name, 0) for name, _ in found]
    missing = [walk.take(min(quota, total - len(pool)), pool) for walk, quota in zip(walks, wanted, strict=True)]
    for place, lacking in enumerate([*missing, total]):
        for walk in walks[place + 1 :] + walks[: place + 1]:
            lacking = walk.take(min(lacking, total - len(pool)), pool)
    own = np.full((len(pool), len(found)), np.nan, np.float32)
    ranks = np.full((len(pool), len(found)), -1, np.int32)
    for column, (_, candidates) in enumerate(found):
        places = np.array([pool.get(key, -1) for key in walks[column].keys], np.int64)
        here = places >= 0
        own[places[here], column] = candidates.scores[here]
        ranks[places[here], column] = np.flatnonzero(here)
    return Pool(
        keys=np.fromiter(pool, np.int64, len(pool)),
        sources=tuple(name for name, _ in found),
        own=own,
        ranks=ranks,
        sure=tuple(min(quota, len(walk.keys)) for quota, walk in zip(wanted, walks, strict=True)),
        eligible=eligible,
    )
