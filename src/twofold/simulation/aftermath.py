"""What follows decisions: messages between those who like each other, and how some of it ends."""

from __future__ import annotations

import numpy as np

from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_SECOND
from twofold.simulation.residents import Bools, Residents
from twofold.simulation.trail import Trail

HOUR = 3_600 * MICROS_PER_SECOND
TALKING = 0.55  # of matches exchange messages
MESSAGES = 0.30  # 1 / the mean number of messages of those who talk (geometric)
MOST_MESSAGES = 12
UNMATCHED, BLOCKED_AFTER_MATCH = 0.06, 0.015  # of matches
BLOCKED_AFTER_NO = 0.002  # of dislikes: somebody was more than unwanted
REPORTED = 0.35  # of blocks come with a report


def follow(decisions: Trail, residents: Residents, rng: np.random.Generator) -> Trail:
    """The decisions with what follows them: messages, unmatches, blocks, reports.

    Nothing happens between two people after one blocked, reported or unmatched the other.
    """
    matches = match(decisions, len(residents))
    messages = _messages(matches, rng)
    ends = _ends(matches, decisions, rng)
    lasting = ends.at < np.minimum(residents.end[ends.actor], residents.end[ends.target])
    ends = _one_per_couple(ends.take(lasting), len(residents))
    sent = np.minimum(residents.end[messages.actor], residents.end[messages.target])
    happened = Trail.concatenate([decisions, messages.take(messages.at < sent)])
    kept = happened.take(~_after(happened, ends, len(residents)))
    return Trail.concatenate([kept, ends, _reports(ends, rng)])


def match(decisions: Trail, people: int) -> Trail:
    """The later of each two likes that answer each other."""
    likes = decisions.take(decisions.likes())
    order = np.lexsort((likes.at, likes.couples(people)))
    likes = likes.take(order)
    couple = likes.couples(people)
    second = np.zeros(len(likes), bool)
    second[1:] = couple[1:] == couple[:-1]
    return likes.take(second)


def _messages(matches: Trail, rng: np.random.Generator) -> Trail:
    """Alternating messages, hours to days apart; mostly it is the one who liked last who begins."""
    talking = matches.take(rng.random(len(matches)) < TALKING)
    count = np.minimum(rng.geometric(MESSAGES, len(talking)), MOST_MESSAGES)
    row = np.repeat(np.arange(len(talking)), count)
    first = np.cumsum(count) - count
    turn = np.arange(len(row)) - first[row]
    gaps = (rng.exponential(9.0, len(row)) * HOUR).astype(np.int64) + MICROS_PER_SECOND
    summed = np.cumsum(gaps)
    since = summed - (summed - gaps)[first[row]]
    forward = (turn % 2 == 0) ^ (rng.random(len(talking)) < 0.3)[row]
    one, other = talking.actor[row], talking.target[row]
    actor, target = np.where(forward, one, other), np.where(forward, other, one)
    return Trail(actor, target, np.full(len(row), EventKind.MESSAGE, np.int8), talking.at[row] + since)


def _ends(matches: Trail, decisions: Trail, rng: np.random.Generator) -> Trail:
    """Unmatches and blocks: days after a match, or right after a dislike (by whoever of the two)."""
    draw = rng.random(len(matches))
    ended = draw < UNMATCHED + BLOCKED_AFTER_MATCH
    blocked = draw[ended] < BLOCKED_AFTER_MATCH
    kind = np.where(blocked, EventKind.BLOCK, EventKind.UNMATCH).astype(np.int8)
    over = matches.take(ended)
    later = (rng.exponential(72.0, len(over)) * HOUR).astype(np.int64) + 60 * MICROS_PER_SECOND
    parted = _either(Trail(over.actor, over.target, kind, over.at + later), rng.random(len(over)) < 0.5)
    refused = decisions.kind == EventKind.DISLIKE
    refused &= rng.random(len(decisions)) < BLOCKED_AFTER_NO
    unwanted = decisions.take(refused)
    soon = rng.integers(2 * MICROS_PER_SECOND, 20 * MICROS_PER_SECOND, len(unwanted))
    block = np.full(len(unwanted), EventKind.BLOCK, np.int8)
    return Trail.concatenate([parted, Trail(unwanted.actor, unwanted.target, block, unwanted.at + soon)])


def _either(trail: Trail, swapped: Bools) -> Trail:
    """The same events, done by the other person where it says so."""
    actor = np.where(swapped, trail.target, trail.actor)
    return Trail(actor, np.where(swapped, trail.actor, trail.target), trail.kind, trail.at)


def _one_per_couple(ends: Trail, people: int) -> Trail:
    """The first end of each two people."""
    ends = ends.by_time()
    _, first = np.unique(ends.couples(people), return_index=True)
    return ends.take(np.sort(first))


def _after(trail: Trail, ends: Trail, people: int) -> Bools:
    """(m,) which events come with or after the end between their two people."""
    if not len(ends):
        return np.zeros(len(trail), bool)
    couples = ends.couples(people)
    order = np.argsort(couples)
    couples, at = couples[order], ends.at[order]
    mine = trail.couples(people)
    place = np.minimum(np.searchsorted(couples, mine), len(couples) - 1)
    return np.asarray((couples[place] == mine) & (trail.at >= at[place]))


def _reports(ends: Trail, rng: np.random.Generator) -> Trail:
    """Some blocks come with a report, a second before."""
    blocks = ends.take((ends.kind == EventKind.BLOCK) & (rng.random(len(ends)) < REPORTED))
    kind = np.full(len(blocks), EventKind.REPORT, np.int8)
    return Trail(blocks.actor, blocks.target, kind, blocks.at - MICROS_PER_SECOND)
