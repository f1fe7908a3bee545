"""When people are there: sessions on days, in runs of days, so that streaks and monthly activity differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.domain.time import MICROS_PER_DAY, MICROS_PER_SECOND
from twofold.simulation.residents import Doubles, Ints, Residents

SESSION_SECONDS = 1_500
SETTLING = 60 * MICROS_PER_SECOND  # nobody decides or is decided on in the first minute of an account
DECISIONS_PER_SESSION = 8.0
NEXT_DAY = 0.55  # the chance that a session is followed by one on the next day; 1 / 0.45 days make a mean run
EVENING = 20.0  # o'clock, when most are there


@dataclass(frozen=True, slots=True)
class Sessions:
    """All sessions, sorted by person and time: person i has `at[start[i]:start[i + 1]]`, the moments they began."""

    start: Ints
    at: Ints

    def moments(self, people: Ints, rng: np.random.Generator) -> Ints:
        """(m,) a moment within a drawn session of each person."""
        first, count = self.start[people], self.start[people + 1] - self.start[people]
        chosen = first + (rng.random(len(people)) * count).astype(np.int64)
        return self._within(chosen, rng)

    def moments_after(self, people: Ints, after: Ints, rng: np.random.Generator) -> Ints:
        """(m,) a moment in one of the person's next three sessions after a moment; 0 where there is none."""
        # People first, then seconds: one sorted column, so that one bisection finds everybody's next session.
        base = int(self.at.min(initial=0))
        span = int(self.at.max(initial=0)) - base + MICROS_PER_DAY
        scale = span // MICROS_PER_SECOND + 1
        owner = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        keys = owner * scale + (self.at - base) // MICROS_PER_SECOND
        following = np.searchsorted(keys, people * scale + (after - base) // MICROS_PER_SECOND, side="right")
        left = self.start[people + 1] - following
        chosen = following + (rng.random(len(people)) * np.minimum(left, 3)).astype(np.int64)
        there = left > 0
        return np.where(there, self._within(np.where(there, chosen, 0), rng), 0)

    def _within(self, sessions: Ints, rng: np.random.Generator) -> Ints:
        length = SESSION_SECONDS * MICROS_PER_SECOND
        return np.asarray(self.at[sessions] + rng.integers(0, length, len(sessions)))


def draw_sessions(residents: Residents, decisions: Ints, rng: np.random.Generator) -> Sessions:
    """Sessions for people who make so many decisions each; a person of many decisions comes on more days."""
    pace = DECISIONS_PER_SESSION * rng.lognormal(0, 0.5, len(residents))
    days = np.maximum(1.0, (residents.end - residents.created) / MICROS_PER_DAY)
    count = np.clip(np.ceil(decisions / pace), 1, np.ceil(days)).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(count)])
    owner = np.repeat(np.arange(len(residents)), count)
    day = _days(owner, start, days, rng)
    hour = np.mod(rng.normal(EVENING, 3.0, len(owner)), 24.0)
    midnight = residents.created[owner] // MICROS_PER_DAY * MICROS_PER_DAY
    at = midnight + day * MICROS_PER_DAY + (hour * 3_600 * MICROS_PER_SECOND).astype(np.int64)
    at = _inside(at, owner, residents, rng)
    return Sessions(start, at[np.lexsort((at, owner))])


def _days(owner: Ints, start: Ints, days: Doubles, rng: np.random.Generator) -> Ints:
    """(sessions,) days since the account began: runs of days that begin anywhere, and wrap around at the end."""
    begins = rng.random(len(owner)) > NEXT_DAY
    begins[start[:-1]] = True
    run = np.cumsum(begins) - 1
    since = np.arange(len(owner)) - np.flatnonzero(begins)[run]
    first = rng.random(len(owner))[begins][run] * days[owner]
    return np.asarray(np.mod(first.astype(np.int64) + since, days[owner].astype(np.int64)))


def _inside(at: Ints, owner: Ints, residents: Residents, rng: np.random.Generator) -> Ints:
    """Sessions moved into their person's time: those too early to its first hours, those too late to its last."""
    earliest = residents.created[owner] + 2 * SETTLING
    latest = residents.end[owner] - (SESSION_SECONDS + 60) * MICROS_PER_SECOND
    shift = rng.integers(0, 3_600 * MICROS_PER_SECOND, len(at))
    at = np.where(at > latest, np.maximum(latest - shift, earliest), at)
    return np.asarray(np.where(at < earliest, np.minimum(earliest + shift, latest), at))
