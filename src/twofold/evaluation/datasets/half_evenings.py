"""Speed dating with all evenings laid side by side, so that the half of each evening is one moment.

History is dates with max(order) <= half of the evening; the rest comes after the moment, in order.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from twofold.domain.time import MICROS_PER_SECOND, Micros, micros_from_datetime
from twofold.evaluation.datasets.prepared import Prepared, PreparedSummary, moment_text
from twofold.evaluation.datasets.source import find
from twofold.evaluation.datasets.speed_dating import (
    DATE_LENGTH,
    FILE,
    FOLDER,
    HEADER,
    Decision,
    Participant,
    person_row,
    read_evenings,
)

# After the last evening and in its year: everyone has the age that they stated.
HALF = micros_from_datetime(datetime(2003, 12, 3, 20, tzinfo=UTC))
STEP = int(DATE_LENGTH.total_seconds()) * MICROS_PER_SECOND


@dataclass(frozen=True, slots=True)
class HalfEvenings:
    """What was written, and everyone's evening by id."""

    written: PreparedSummary
    waves: dict[str, int]


def prepare_half_evenings(source: Path, target: Path) -> HalfEvenings:
    """Write people.csv and events.csv; errors as `speed_dating.prepare_speed_dating`."""
    people, decisions, dropped = read_evenings(find(source, FOLDER, FILE))
    orders = _orders(decisions)
    halves = _halves(decisions, people, orders)
    timed = []
    for one in decisions:
        order, half = orders[frozenset((one.actor, one.target))], halves[people[one.actor].wave]
        # The moment itself stays free: what is before it is history, what is after it is not.
        steps = order - half if order > half else order - half - 1
        timed.append((Micros(HALF + steps * STEP), one))
    timed.sort(key=lambda pair: pair[0])
    rows = [[one.actor, one.target, "like" if one.yes else "dislike", moment_text(at)] for at, one in timed]
    written = Prepared(HEADER, [person_row(id_, each) for id_, each in people.items()], rows, dropped)
    return HalfEvenings(written.write(FOLDER, target), {id_: each.wave for id_, each in people.items()})


def _orders(decisions: list[Decision]) -> dict[frozenset[str], int]:
    """When each pair met: the later of what its two rows say."""
    orders: dict[frozenset[str], int] = defaultdict(int)
    for one in decisions:
        pair = frozenset((one.actor, one.target))
        orders[pair] = max(orders[pair], one.order)
    return orders


def _halves(
    decisions: list[Decision], people: dict[str, Participant], orders: dict[frozenset[str], int]
) -> dict[int, int]:
    """Half of the dates of each evening."""
    longest: dict[int, int] = defaultdict(int)
    for one in decisions:
        wave = people[one.actor].wave
        longest[wave] = max(longest[wave], orders[frozenset((one.actor, one.target))])
    return {wave: dates // 2 for wave, dates in longest.items()}
