"""Past and future: everything is learned from before one moment and measured on what came after it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from twofold.domain.candidate import Doubles
from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.domain.event import DECISIONS, POSITIVES, EventKind
from twofold.domain.time import Micros

TRAIN_SHARE = 0.8
# Below this no interval is narrow enough to tell anything from anything.
FEWEST_TEST_DECISIONS = 50


@dataclass(frozen=True, slots=True)
class Split:
    """Decisions on both sides of a cut.

    Args:
        cut: everything strictly before it is the past.
        past, future: decisions (likes, super likes, dislikes, passes) in time order.
        matches: derived matches of the future.
        digest: SHA-256 of all events that were looked at, so that two reports can be told to be of the same data.
    """

    cut: Micros
    past: EventColumns
    future: EventColumns
    matches: EventColumns
    digest: str

    @property
    def base_rate(self) -> float:
        """Share of likes among the past's decisions."""
        return float(labels(self.past).mean())


def split_by_time(events: EventColumns, as_of: Micros | None = None, share: float = TRAIN_SHARE) -> Split:
    """Cut the decisions before ``as_of`` in time, so that ``share`` of them are the past.

    Events of one moment stay on one side (the future's), so that no decision is predicted from its own moment.

    Raises:
        Refused: code ``too_little``, when there is too little on one side.
    """
    if as_of is not None:
        events = events.take(events.at < as_of)
    decisions = events.take(np.isin(events.kind, tuple(DECISIONS)))
    decisions = decisions.take(np.argsort(decisions.at, kind="stable"))
    place = min(int(len(decisions) * share), len(decisions) - 1)
    cut = Micros(int(decisions.at[place])) if len(decisions) else Micros(0)
    past, future = decisions.take(decisions.at < cut), decisions.take(decisions.at >= cut)
    if len(future) < FEWEST_TEST_DECISIONS or len(past) < FEWEST_TEST_DECISIONS:
        raise Refused(
            "too_little",
            f"an evaluation needs at least {FEWEST_TEST_DECISIONS} decisions before and after the cut in time; there "
            f"are {len(past)} before and {len(future)} after (decisions of one moment cannot be split)",
        )
    matches = events.take((events.kind == EventKind.MATCH) & (events.at >= cut))
    return Split(cut, past, future, matches, _digest(events))


def labels(decisions: EventColumns) -> Doubles:
    """(m,) 1 where the actor liked the target, else 0."""
    return np.isin(decisions.kind, tuple(POSITIVES)).astype(np.float64)


def _digest(events: EventColumns) -> str:
    digest = hashlib.sha256()
    for column in (events.actor, events.target, events.kind, events.at):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
