"""Who decides on whom, and when: by the lists that came up, and in return for a like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.simulation.market import Market
from twofold.simulation.residents import Bools, Ints, Residents
from twofold.simulation.sessions import SETTLING, Sessions

ROUNDS = 8
# Two of three proposals fall to the other side's limits, to time or to repeats: three for each that is needed.
PROPOSALS_EACH = 3
# Limits change, and old lists were loose: this share of the unsuitable pairs that come up is met all the same.
LOOSE = 0.02


@dataclass(frozen=True, slots=True)
class Encounters:
    """The actor decides on the target at a moment; no pair (actor, target) stands there twice. Columns (m,)."""

    actor: Ints
    target: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.actor)

    def take(self, index: Ints | Bools) -> Encounters:
        """The rows of an index or mask."""
        return Encounters(self.actor[index], self.target[index], self.at[index])

    def pairs(self, people: int) -> Ints:
        """(m,) one number for each pair."""
        return self.actor * people + self.target

    @classmethod
    def concatenate(cls, parts: list[Encounters]) -> Encounters:
        """All parts, one after the other."""
        none = np.empty(0, np.int64)
        parts = [cls(none, none, none), *parts]
        return cls(
            np.concatenate([part.actor for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.at for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """What encounters happen in: the people, who suits whom, and when they are there."""

    residents: Residents
    market: Market
    sessions: Sessions

    def meet(self, quota: Ints, enough: int, rng: np.random.Generator) -> Encounters:
        """As many encounters for each person (n,) as their quota says, fewer where too few people suit them.

        Stops when there are ``enough`` in all: later rounds are for those who know nearly everybody already.
        """
        found: list[Encounters] = []
        seen = np.empty(0, np.int64)
        need = quota.copy()
        for _ in range(ROUNDS):
            actor = np.repeat(np.arange(len(need)), need * PROPOSALS_EACH)
            fresh = _first_of_each(self._round(actor, rng), seen, need)
            found.append(fresh)
            seen = np.sort(np.concatenate([seen, fresh.pairs(len(need))]))
            need = need - np.bincount(fresh.actor, minlength=len(need))
            if quota.sum() - need.sum() >= enough:
                break
        return Encounters.concatenate(found)

    def answer(self, likes: Encounters, decided: Ints, rng: np.random.Generator) -> Encounters:
        """Those who were liked decide on who liked them, in a later session; pairs already decided are left out."""
        people = len(self.residents)
        at = self.sessions.moments_after(likes.target, likes.at, rng)
        back = Encounters(likes.target, likes.actor, at)
        repeated = np.isin(back.pairs(people), decided, kind="sort")
        return back.take((at > 0) & ~repeated & self._alive(back))

    def _round(self, actor: Ints, rng: np.random.Generator) -> Encounters:
        target = self.market.propose(actor, rng)
        drawn = (target >= 0) & (target != actor)
        actor, target = actor[drawn], target[drawn]
        suited = self.market.suits(actor, target) | (rng.random(len(actor)) < LOOSE)
        actor, target = actor[suited], target[suited]
        met = Encounters(actor, target, self.sessions.moments(actor, rng))
        return met.take(self._alive(met))

    def _alive(self, met: Encounters) -> Bools:
        """(m,) whether the target was there at the moment."""
        there = self.residents.created[met.target] + SETTLING < met.at
        return np.asarray(there & (met.at < self.residents.end[met.target]))


def _first_of_each(met: Encounters, seen: Ints, need: Ints) -> Encounters:
    """Without repeats, without pairs already seen (sorted), and with no more for an actor than needed."""
    pairs, first = np.unique(met.pairs(len(need)), return_index=True)
    at = np.searchsorted(seen, pairs)
    known = np.zeros(len(pairs), bool)
    inside = at < len(seen)
    known[inside] = seen[at[inside]] == pairs[inside]
    # In the order of drawing: sorted by pair, the lowest numbers would always win.
    met = met.take(np.sort(first[~known]))
    starts = np.searchsorted(met.actor, met.actor, side="left")
    return met.take(np.arange(len(met)) - starts < need[met.actor])
