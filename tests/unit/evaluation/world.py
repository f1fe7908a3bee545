"""A small world of events, and a product that knows the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.evaluation.data import ALWAYS, Data, digest_of
from twofold.evaluation.product import Directions, Moments, TrialPlan, Trials

PEOPLE = 80
LIKE, DISLIKE = EventKind.LIKE, EventKind.DISLIKE
Row = tuple[int, int, EventKind, int]


def columns(*rows: Row) -> EventColumns:
    """Events as (actor, target, kind, at)."""
    if not rows:
        return EventColumns.empty()
    actor, target, kind, at = zip(*rows, strict=True)
    kinds = np.array([int(each) for each in kind], np.int8)
    return EventColumns(np.arange(1, len(rows) + 1), np.array(actor), np.array(target), kinds, np.array(at, np.int64))


def likes_it(actor: int, target: int) -> bool:
    """The taste of this world: like and like, and nobody likes multiples of five."""
    return actor % 2 == target % 2 and target % 5 != 0


def town(people: int = PEOPLE, decisions: int = 1_800, seed: int = 0) -> EventColumns:
    """Decisions of distinct pairs, an hour apart."""
    rng = np.random.default_rng(seed)
    pairs = [(one, other) for one in range(people) for other in range(people) if one != other]
    rows = []
    for number, place in enumerate(rng.permutation(len(pairs))[:decisions].tolist()):
        one, other = pairs[place]
        kind = LIKE if likes_it(one, other) else DISLIKE
        rows.append((one, other, kind, 10 * MICROS_PER_DAY + number * MICROS_PER_DAY // 24))
    return columns(*rows)


def data_of(events: EventColumns, people: int = PEOPLE) -> Data:
    """A data set of two sides: even and odd keys."""
    groups = (np.arange(people) % 2).astype(np.int32)
    there = np.full(people, ALWAYS, np.int64)
    return Data("town", events, people, people, there, groups, ("even", "odd"), digest_of(events))


@dataclass
class Oracle:
    """A product that knows the taste of the town; it notes which moments and plans it was asked with."""

    events: EventColumns
    people: int
    plan: TrialPlan
    ranks: bool = True
    notes: Sequence[str] = ()
    training: Mapping[str, Any] = field(default_factory=lambda: {"trained": ["collaborative", "ranking"]})
    degraded: int = 0
    moments: list[int] = field(default_factory=list)
    inactive: frozenset[int] = frozenset()
    shown: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def predict(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """0.9 where the viewer would like the candidate, else 0.1."""
        self.moments.extend(moments.tolist())
        pairs = zip(viewers.tolist(), candidates.tolist(), strict=True)
        return np.array([0.9 if likes_it(*pair) else 0.1 for pair in pairs], np.float64)

    def predict_cold(self, viewers: Keys, candidates: Keys, moment: Micros) -> Doubles:
        """The same of everybody."""
        return np.full(len(viewers), 0.5)

    def both(self, viewer: int, candidates: Keys, moment: Micros) -> Directions:
        """The taste, both ways."""
        viewers, moments = np.full(len(candidates), viewer), np.full(len(candidates), moment)
        there, back = self.predict(viewers, candidates, moments), self.predict(candidates, viewers, moments)
        return Directions(there, back, there * back)

    def eligible(self, viewer: int) -> Keys:
        """All not decided on before the plan's moment."""
        if viewer in self.inactive:
            raise Refused("inactive", "not active")
        mine = (self.events.actor == viewer) & (self.events.at < self.plan.moment)
        return np.setdiff1d(np.arange(self.people), np.append(self.events.target[mine], viewer))

    def list_for(self, viewer: int, k: int, allowed: Keys | None = None) -> Keys:
        """The likeliest."""
        return self.rank_all(viewer, self.eligible(viewer) if allowed is None else allowed, k)

    def capped_list(self, viewer: int, k: int, cap: int, done: float) -> Keys:
        """The likeliest of those who are not full; 0 begins a new run."""
        if done == 0:
            self.shown = np.zeros(self.people, np.int64)
        free = self.eligible(viewer)
        keys = self.rank_all(viewer, free[self.shown[free] < cap], k)
        self.shown[keys] += 1
        return keys

    def rank_all(self, viewer: int, eligible: Keys, k: int) -> Keys:
        """The likeliest of some."""
        return eligible[np.argsort(-self.both(viewer, eligible, self.plan.moment).viewer_likes, kind="stable")[:k]]

    def source_lists(self, viewer: int, limit: int) -> Mapping[str, Keys]:
        """One source that knows all and one that is empty."""
        return {"collaborative": self.list_for(viewer, limit), "content": np.empty(0, np.int64)}

    def by_taste(self, viewer: int, limit: int, exactly: bool = False) -> Keys:
        """The likeliest."""
        return self.list_for(viewer, limit)

    def list_without(self, viewer: int, k: int, source: str) -> Keys:
        """Nobody without the source that knows."""
        return np.empty(0, np.int64) if source == "collaborative" else self.list_for(viewer, k)


def trials_of(
    events: EventColumns, people: int = PEOPLE, change: Callable[[Oracle], None] = lambda _: None
) -> tuple[Trials, list[Oracle]]:
    """Trials that hand out oracles, and the list in which they are remembered."""
    handed: list[Oracle] = []

    @contextmanager
    def trials(plan: TrialPlan) -> Iterator[Oracle]:
        oracle = Oracle(events, people, plan)
        change(oracle)
        handed.append(oracle)
        yield oracle

    return trials, handed
