"""How people answer: the history of events that follows from who meets whom and what they want."""

from __future__ import annotations

import numpy as np

from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_SECOND
from twofold.simulation.aftermath import follow
from twofold.simulation.encounters import Encounters, Scene
from twofold.simulation.market import Market
from twofold.simulation.residents import Doubles, Ints, Residents
from twofold.simulation.sessions import draw_sessions
from twofold.simulation.taste import Taste
from twofold.simulation.trail import Trail

# Of all events: decisions on lists that came up; what answers likes, follows matches and precedes decisions fills up.
FIRST_DECISIONS = 0.72
ANSWERED = 0.30  # of likes are put before whom they were for, who then decides in turn
WISHED = 1.15  # decisions wished for each that is needed: some people soon know everybody who suits them
SUPER = 0.03, 0.10  # P(super_like | like) = the one + the other * P(like): rare, and rarer when lukewarm
PASSES = 0.35  # of all that is not a like; the rest are dislikes


def live(residents: Residents, taste: Taste, events: int, rng: np.random.Generator) -> tuple[Trail, Taste]:
    """The town's history of at most ``events`` events, by time, and the taste with its share of likes set.

    Activity is lognormal, as is how often somebody comes up, the attractive more often. Decisions come first; likes
    are answered; matches talk, part, block; what then is missing are views before decisions.
    """
    people = len(residents)
    enough = int(events * FIRST_DECISIONS)
    quota = _quota(residents, enough, rng)
    exposure = np.exp(0.5 * taste.attraction + rng.normal(0, 0.6, people))
    scene = Scene(residents, Market(residents, exposure), draw_sessions(residents, quota, rng))
    met = _some(scene.meet(quota, enough, rng), enough, rng)
    taste = taste.calibrated(met.actor, met.target)
    first = _decide(met, taste, rng)
    likes = met.take(first.likes())
    back = scene.answer(_some(likes, int(len(likes) * ANSWERED), rng), met.pairs(people), rng)
    decisions = Trail.concatenate([first, _decide(back, taste, rng)])
    trail = follow(decisions, residents, rng)
    return _filled(trail, events, rng).by_time(), taste


def _quota(residents: Residents, decisions: int, rng: np.random.Generator) -> Ints:
    """(n,) how many decisions each person makes: lognormal, and more for those longer here."""
    stay = (residents.end - residents.created).astype(np.float64)
    weight: Doubles = rng.lognormal(0, 1.0, len(residents)) * np.sqrt(stay / stay.max())
    return np.asarray(rng.poisson(WISHED * decisions * weight / weight.sum()), np.int64)


def _some(met: Encounters, count: int, rng: np.random.Generator) -> Encounters:
    """At most so many, drawn uniformly, in their order."""
    if len(met) <= count:
        return met
    return met.take(np.sort(rng.permutation(len(met))[:count]))


def _decide(met: Encounters, taste: Taste, rng: np.random.Generator) -> Trail:
    """What becomes of each encounter."""
    chance = taste.like_probability(met.actor, met.target)
    like, extra = rng.random(len(met)) < chance, rng.random(len(met))
    yes = np.where(extra < SUPER[0] + SUPER[1] * chance, EventKind.SUPER_LIKE, EventKind.LIKE)
    no = np.where(extra < PASSES, EventKind.PASS, EventKind.DISLIKE)
    return Trail(met.actor, met.target, np.where(like, yes, no).astype(np.int8), met.at)


def _filled(trail: Trail, events: int, rng: np.random.Generator) -> Trail:
    """With views before some decisions (by the same person, up to half a minute earlier), until there are enough."""
    decided = np.flatnonzero(trail.decisions())
    count = min(max(events - len(trail), 0), len(decided))
    viewed = trail.take(np.sort(rng.permutation(decided)[:count]))
    earlier = rng.integers(1 * MICROS_PER_SECOND, 30 * MICROS_PER_SECOND, count)
    kind = np.full(count, EventKind.VIEW, np.int8)
    return Trail.concatenate([trail, Trail(viewed.actor, viewed.target, kind, viewed.at - earlier)])
