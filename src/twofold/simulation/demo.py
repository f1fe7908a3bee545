"""The town moves in: its people and events are written into a store the way a customer's would be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twofold.domain.candidate import Keys
from twofold.domain.changes import EventBatch
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.simulation.town import Town

# Large enough to amortise a commit, small enough that the bar moves.
PEOPLE_AT_ONCE = 2_000
EVENTS_AT_ONCE = 40_000
CANDIDATES_FOR_SHOW = 20

Progress = Callable[[float], None]


def settle_people(town: Town, store: Store, now: Micros, progress: Progress) -> Keys:
    """Write everybody; (n,) their keys in the order of ``town.people``. ``progress`` gets the share done, 0 to 1."""
    ids = [person.id for person in town.people]
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        part = town.people[start : start + PEOPLE_AT_ONCE]
        store.put_people([(person, False) for person in part], now)
        progress(min(1.0, (start + len(part)) / len(ids)))
    keys = store.keys_of(ids)
    return np.array([keys[each] for each in ids], np.int64)


def settle_events(town: Town, store: Store, keys: Keys, now: Micros, progress: Progress) -> None:
    """Append all that happened, in order; ``keys`` as `settle_people` gave them."""
    total = len(town)
    for start in range(0, total, EVENTS_AT_ONCE):
        rows = slice(start, min(total, start + EVENTS_AT_ONCE))
        batch = EventBatch(
            actor=keys[town.actor[rows]].tolist(),
            target=keys[town.target[rows]].tolist(),
            kind=town.kind[rows].tolist(),
            at=town.at[rows].tolist(),
            client=[None] * (rows.stop - rows.start),
        )
        store.append_events(batch, now)
        progress(rows.stop / total)


def people_to_show(town: Town, most: int = CANDIDATES_FOR_SHOW) -> list[str]:
    """Ids of active people with enough history to recommend from, the liveliest tenth left out.

    Who has decided on nearly everybody within reach gets a short list, which shows little.
    """
    decided = np.bincount(town.actor, minlength=len(town.people))
    by_history = np.argsort(-decided, kind="stable")
    lively = [int(each) for each in by_history[len(by_history) // 10 :] if town.people[int(each)].active]
    return [town.people[each].id for each in lively[:most]]
