"""Past and future: everything is learned from before one moment and measured on what came after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.domain.event import POSITIVES
from twofold.domain.time import Micros
from twofold.evaluation.data import decisions_of, likes_of

# Chosen on 70-80 %, refitted on the first 80 %, tested on the rest.
VALIDATE_FROM = 0.7
TEST_FROM = 0.8
# Of what came since a model was trained, the part that a fresher one may learn from before both are tested.
LEARNT_SINCE = 0.5
# Below this no interval is narrow enough to tell anything from anything.
FEWEST_TEST_DECISIONS = 50


@dataclass(frozen=True, slots=True)
class Split:
    """Decisions on both sides of a cut.

    Args:
        validate_from: what is chosen by baselines is chosen on what lies between this and the cut.
        cut: everything strictly before it is the past.
        past, future: decisions (likes, super likes, dislikes, passes) in time order.
    """

    validate_from: Micros
    cut: Micros
    past: EventColumns
    future: EventColumns

    @property
    def base_rate(self) -> float:
        """Share of likes among the past's decisions."""
        return float(labels(self.past).mean())


def before_each(events: EventColumns, people: Keys, moments: NDArray[np.int64]) -> NDArray[np.int64]:
    """(m,) how many events each person was part of, as either side, strictly before each moment.

    Args:
        people, moments: (m,) whom and when to ask about.
    """
    parties = np.concatenate([events.actor, events.target]).astype(np.int64)
    times = np.unique(events.at)
    width = len(times) + 1
    placed = np.sort(parties * width + np.tile(np.searchsorted(times, events.at), 2))
    asked = people.astype(np.int64) * width
    return np.searchsorted(placed, asked + np.searchsorted(times, moments)) - np.searchsorted(placed, asked)


def split_by_time(events: EventColumns, share: float = TEST_FROM) -> Split:
    """Cut the decisions in time, so that ``share`` of them are the past.

    Events of one moment stay on one side (the future's), so that no decision is predicted from its own moment.

    Raises:
        Refused: code ``too_little``, when there is too little on one side.
    """
    decisions = decisions_of(events)
    cut = place_of(decisions, share)
    return _enough(split_at(events, place_of(decisions, share * VALIDATE_FROM / TEST_FROM), cut))


def split_since(events: EventColumns, since: Micros) -> Split:
    """The split for a model that knows all before a moment, and another that may know more.

    Tested is the later half of what came since, and at most what `split_by_time` tests: the first model has seen none
    of that, and the second knows at least as much more as it is tested on.

    Raises:
        Refused: code ``too_little``, when too little came since.
    """
    decisions = decisions_of(events)
    unseen = decisions.take(decisions.at >= since)
    if len(unseen) < 2 * FEWEST_TEST_DECISIONS:
        raise Refused(
            "too_little",
            f"only {len(unseen)} decisions came since the present model was trained, and it takes "
            f"{2 * FEWEST_TEST_DECISIONS} to tell whether a later training of the same kind is better",
        )
    cut = max(place_of(decisions, TEST_FROM), place_of(unseen, LEARNT_SINCE))
    return _enough(split_at(events, place_of(decisions, VALIDATE_FROM), cut))


def _enough(split: Split) -> Split:
    past, future = split.past, split.future
    if len(future) < FEWEST_TEST_DECISIONS or len(past) < FEWEST_TEST_DECISIONS:
        raise Refused(
            "too_little",
            f"an evaluation needs at least {FEWEST_TEST_DECISIONS} decisions before and after the cut in time; there "
            f"are {len(past)} before and {len(future)} after (decisions of one moment cannot be split)",
        )
    return split


def split_at(events: EventColumns, validate_from: Micros, cut: Micros) -> Split:
    """The split at moments that are known."""
    decisions = decisions_of(events)
    return Split(validate_from, cut, decisions.take(decisions.at < cut), decisions.take(decisions.at >= cut))


def split_by_likes(events: EventColumns) -> Split:
    """Cut where 80 % of the likes are past, as reference figures of lists are cut."""
    likes = likes_of(decisions_of(events))
    return split_at(events, place_of(likes, VALIDATE_FROM), place_of(likes, TEST_FROM))


def validation_of(split: Split) -> Split:
    """The split inside the past: cut where validation begins, its future ends where the test begins.

    What is chosen on it has seen nothing of the test.

    Raises:
        Refused: code ``too_little``, when there is too little on one side.
    """
    earlier = split.past.at < split.validate_from
    past, future = split.past.take(earlier), split.past.take(~earlier)
    if min(len(past), len(future)) < FEWEST_TEST_DECISIONS:
        raise Refused(
            "too_little",
            f"a choice needs at least {FEWEST_TEST_DECISIONS} decisions before and in the validation part; there are "
            f"{len(past)} before and {len(future)} in it",
        )
    return Split(split.validate_from, split.validate_from, past, future)


def place_of(decisions: EventColumns, share: float) -> Micros:
    """The moment of the first decision (they are in time order) after the first ``share`` of them."""
    place = min(int(round(len(decisions) * share, 6)), len(decisions) - 1)
    return Micros(int(decisions.at[place])) if len(decisions) else Micros(0)


def labels(decisions: EventColumns) -> Doubles:
    """(m,) 1 where the actor liked the target, else 0."""
    return np.isin(decisions.kind, tuple(POSITIVES)).astype(np.float64)
