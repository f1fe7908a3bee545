"""What the ranker learns from: one row per decision, as of the moment at which serving would have been asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.impression import Impression
from twofold.domain.ports import ImpressionStore
from twofold.domain.time import MICROS_PER_DAY
from twofold.training.decisions import Decisions, Ints

# A decision so long after a list was shown was not made on that list.
REMEMBERED = 30 * MICROS_PER_DAY
CHUNK = 10_000
# Decisions that belong to no list see whatever is dated before their moment, whenever it was written.
WHENEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Rows:
    """Decisions with where their features look from, in the order of the decisions' time.

    Args:
        decisions: (n,) who decided what about whom.
        as_of: (n,) of the list that was shown, where one was; else a delay before the decision.
        brought: per source (n,), NaN where no list was shown; None when none was at all.
        shown: how many rows are of a list that was shown.
    """

    decisions: Decisions
    as_of: AsOf
    brought: Mapping[str, Floats] | None = None
    shown: int = 0

    def __len__(self) -> int:
        return len(self.decisions)

    @property
    def of_list(self) -> NDArray[np.bool_]:
        """(n,) which are of a list that was shown."""
        positions = self.as_of.positions
        return np.zeros(len(self), bool) if positions is None else np.asarray(positions != WHENEVER)

    def take(self, part: slice | NDArray[np.intp]) -> Rows:
        """A span or an index of the rows."""
        brought = None if self.brought is None else {name: column[part] for name, column in self.brought.items()}
        return Rows(self.decisions.take(part), self.as_of.take(part), brought, self.shown)


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown, as equally long columns (n,) in the order in which it was written."""

    viewer: Keys
    candidate: Keys
    at: Ints
    position: Ints
    sources: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def read(cls, store: ImpressionStore) -> Shown:
        """All impressions of a store."""
        rows: list[Impression] = []
        seq = 0
        while True:
            seq, some = store.impressions_after(seq, CHUNK)
            rows += some
            if not some:
                break
        columns = ([getattr(row, name) for row in rows] for name in ("viewer", "candidate", "at", "log_position"))
        viewer, candidate, at, position = (np.array(column, np.int64) for column in columns)
        return cls(viewer, candidate, at, position, [row.sources for row in rows])

    @classmethod
    def none(cls) -> Shown:
        """Nothing."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, empty, [])


def rows_of(decisions: Decisions, shown: Shown, delay: int, frozen_at: int | None = None) -> Rows:
    """One row per decision.

    Args:
        decisions: in the order of time.
        shown: the lists that were shown; a decision belongs to the latest of the 30 days before it that had the person.
        delay: microseconds by which features look back from decisions that belong to no list.
        frozen_at: look from this moment for all rows.
    """
    if frozen_at is not None:
        return Rows(decisions, AsOf(np.full(len(decisions), frozen_at, np.int64)))
    of_list = _latest_shown(decisions, shown)
    there = of_list >= 0
    moments = decisions.at - delay
    if not there.any():
        return Rows(decisions, AsOf(moments))
    moments[there] = shown.at[of_list[there]]
    positions = np.full(len(decisions), WHENEVER)
    positions[there] = shown.position[of_list[there]]
    return Rows(decisions, AsOf(moments, positions), _brought(shown, of_list), int(there.sum()))


def _latest_shown(decisions: Decisions, shown: Shown) -> NDArray[np.int64]:
    """(n,) which impression each decision answers; -1 where none."""
    if not len(shown) or not len(decisions):
        return np.full(len(decisions), -1, np.int64)
    people = 1 + max(int(column.max()) for column in (decisions.actor, decisions.target, shown.viewer, shown.candidate))
    pair = np.concatenate([shown.viewer * people + shown.candidate, decisions.actor * people + decisions.target])
    at = np.concatenate([shown.at, decisions.at])
    decided = np.arange(len(pair)) >= len(shown)
    order = np.lexsort((~decided, at, pair))  # at one moment the decision first: what is shown then is no cause of it
    last = np.maximum.accumulate(np.where(decided[order], -1, np.arange(len(order))))
    rows = np.flatnonzero(decided[order])
    found = np.where(last[rows] >= 0, order[np.maximum(last[rows], 0)], -1)
    mine = order[rows]
    good = (
        (found >= 0) & (pair[np.maximum(found, 0)] == pair[mine]) & (at[mine] - at[np.maximum(found, 0)] <= REMEMBERED)
    )
    result = np.full(len(decisions), -1, np.int64)
    result[mine - len(shown)] = np.where(good, found, -1)
    return result


def _brought(shown: Shown, of_list: NDArray[np.int64]) -> dict[str, Floats]:
    names = sorted({name for sources in shown.sources for name in sources})
    table = np.full((len(of_list), len(names)), np.nan, np.float32)
    for row in np.flatnonzero(of_list >= 0).tolist():
        table[row] = [name in shown.sources[of_list[row]] for name in names]
    return {name: table[:, place] for place, name in enumerate(names)}
