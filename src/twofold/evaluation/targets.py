"""Whose lists are made, among whom, and whom they should find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.domain.changes import EventColumns
from twofold.domain.errors import TwofoldError
from twofold.evaluation.data import likes_of
from twofold.evaluation.split import Split

# Lists for more viewers narrow the interval by little and cost milliseconds each; drawn at random when there are more.
MOST_VIEWERS = 2_000
# Viewers times people: beyond it fewer viewers are drawn, so that 200,000 people take minutes and not an hour.
MOST_PAIRS = 15_000_000


@dataclass(frozen=True, slots=True)
class Targets:
    """Viewers in the (random, seeded) order in which their lists are made.

    Args:
        viewers: (n,) keys.
        relevant: per viewer the keys of whom they liked after the cut and had not decided on before.
        mutual: those of them who like the viewer too, at any time.
        bits: (n, people / 8) per viewer who could be shown at the cut, packed.
        people: keys are below it.
        left_out: who got no list, by reason.
    """

    viewers: Keys
    relevant: tuple[Keys, ...]
    mutual: tuple[Keys, ...]
    bits: NDArray[np.uint8]
    people: int
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.viewers)

    def eligible(self, place: int) -> Keys:
        """Sorted keys of whom the viewer at a place could be shown."""
        return np.flatnonzero(np.unpackbits(self.bits[place], count=self.people)).astype(np.int64)

    def first(self, count: int) -> Targets:
        """The first so many of them, which is a random sample."""
        return self.part(0, count)

    def part(self, begin: int, end: int) -> Targets:
        """Those at some places."""
        few = slice(begin, end)
        return Targets(
            self.viewers[few], self.relevant[few], self.mutual[few], self.bits[few], self.people, self.left_out
        )

    @property
    def could_be_shown(self) -> Keys:
        """Sorted keys of who could be shown to at least one of them."""
        if not len(self.bits):
            return np.empty(0, np.int64)
        some = np.bitwise_or.reduce(self.bits, axis=0)
        return np.flatnonzero(np.unpackbits(some, count=self.people)).astype(np.int64)


def targets_of(
    split: Split,
    people: int,
    eligible: Callable[[int], Keys],
    there: NDArray[np.bool_],
    rng: np.random.Generator,
    most: int = MOST_VIEWERS,
) -> Targets:
    """Everyone who liked somebody new after the cut, as far as both were there at it.

    Args:
        eligible: whom a viewer could be shown at the cut; raises a `TwofoldError` for somebody who gets no list.
        there: (people,) who was a person at the cut.
        most: of more viewers so many are drawn.
    """
    wanted, left_out = _wanted(split, there)
    most = int(np.clip(MOST_PAIRS // max(people, 1), 50, most))
    drawn = rng.permutation(np.array(sorted(wanted), np.int64))
    left_out["not drawn (a sample is enough)"] = max(len(drawn) - most, 0)
    viewers, bits = [], []
    for viewer in drawn[:most].tolist():
        try:
            mask = np.zeros(people, bool)
            mask[eligible(viewer)] = True
        except TwofoldError:
            left_out["viewer gets no list at the cut (not active)"] += 1
            continue
        viewers.append(viewer)
        bits.append(np.packbits(mask))
    both = _likers(split)
    relevant = tuple(wanted[viewer] for viewer in viewers)
    mutual = tuple(np.intersect1d(wanted[viewer], both.get(viewer, wanted[viewer][:0])) for viewer in viewers)
    packed = np.array(bits, np.uint8).reshape(len(bits), (people + 7) // 8)
    reasons = {why: count for why, count in left_out.items() if count}
    return Targets(np.array(viewers, np.int64), relevant, mutual, packed, people, reasons)


def _wanted(split: Split, there: NDArray[np.bool_]) -> tuple[dict[int, Keys], Counter[str]]:
    people, later = len(there), likes_of(split.future)
    decided = split.past.actor * people + split.past.target
    later = later.take(~np.isin(later.actor * people + later.target, decided))
    left_out: Counter[str] = Counter()
    everyone = np.unique(later.actor)
    left_out["viewer was not there at the cut"] = int((~there[everyone]).sum())
    found = later.take(there[later.actor] & there[later.target])
    wanted = grouped(found.actor, found.target)
    left_out["liked only people who came later"] = int(there[everyone].sum()) - len(wanted)
    return wanted, left_out


def _likers(split: Split) -> dict[int, Keys]:
    """Who likes each person, at any time."""
    likes = likes_of(EventColumns.concatenate([split.past, split.future]))
    return grouped(likes.target, likes.actor)


def grouped(keys: Keys, values: Keys) -> dict[int, Keys]:
    """The distinct values of each key, sorted.

    >>> grouped(np.array([2, 1, 2]), np.array([5, 6, 5]))
    {1: array([6]), 2: array([5])}
    """
    if not len(keys):
        return {}
    pairs = np.unique(np.column_stack([keys, values]), axis=0)
    owners, starts = np.unique(pairs[:, 0], return_index=True)
    return dict(zip(owners.tolist(), np.split(pairs[:, 1], starts[1:]), strict=True))
