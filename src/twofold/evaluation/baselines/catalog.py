"""All baselines of lists, ready for one cut in time."""

from __future__ import annotations

import numpy as np

from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.evaluation.baselines.chance import RandomLists
from twofold.evaluation.baselines.collaborative import factors_of
from twofold.evaluation.baselines.contract import Baseline, Past
from twofold.evaluation.baselines.friends import FriendsOfFriends
from twofold.evaluation.baselines.popularity import IncomingFirst, Popularity
from twofold.evaluation.baselines.validation import FEWEST_VIEWERS, later_likes, recall_of

# From days to most of a past of a few years, and as parts of the span from hours to days in a past of a month.
HALF_LIVES = tuple(2.0**-power for power in range(2, 10))


def baselines_of(past: Past, validate_from: Micros, seed: int) -> list[Baseline]:
    """Every baseline of lists. What has to be chosen is chosen on what lies between ``validate_from`` and the cut."""
    recent, chosen = Popularity(past, recent=True), half_life(past, validate_from, seed)
    halved = Popularity(past, half_life=chosen)
    halved.what += f" ({chosen / MICROS_PER_DAY:.3g} days)"
    made: list[Baseline] = [
        RandomLists(),
        Popularity(past),
        recent,
        halved,
        IncomingFirst(past, recent),
        IncomingFirst(past, halved),
        FriendsOfFriends(past),
        *factors_of(past, seed),
    ]
    return made


def half_life(past: Past, validate_from: Micros, seed: int) -> float:
    """The half-life of popularity, in microseconds, that finds most of validation's likes; the longest if none can be
    measured."""
    likes = past.likes
    span = float(past.cut - likes.at.min()) if len(likes) else float(MICROS_PER_DAY)
    lives = [max(span * each, 1.0) for each in HALF_LIVES]
    early = past.before(validate_from)
    wanted = later_likes(past, early, np.random.default_rng(seed))
    if len(wanted) < FEWEST_VIEWERS:
        return lives[0]
    found = [recall_of(Popularity(early, half_life=each), early, wanted, seed) for each in lives]
    return lives[int(np.argmax(found))]
