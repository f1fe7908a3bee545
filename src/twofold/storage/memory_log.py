"""The content of the store in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twofold.domain.changes import EventColumns, PersonVersion, Removal
from twofold.storage.matching import Match, Pair, pair_of

Act = tuple[int, int, int, int]  # actor, target, kind, at


@dataclass(slots=True)
class MemoryLog:
    """The log's content, each list in log order; whoever changes it holds the store's lock.

    >>> MemoryLog().advance()
    1
    """

    position: int = 0
    next_key: int = 0
    versions: list[PersonVersion] = field(default_factory=list)
    current: dict[str, PersonVersion] = field(default_factory=dict)
    events: list[tuple[int, Act, bytes | None]] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    acts: set[Act] = field(default_factory=set)
    clients: set[bytes] = field(default_factory=set)
    pairs: dict[tuple[int, int], Pair] = field(default_factory=dict)
    tombstones: set[bytes] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)

    def advance(self) -> int:
        """The next position."""
        self.position += 1
        return self.position

    def add_event(self, act: Act, client: bytes | None) -> bool:
        """Append unless it is a repeat; whether it was new."""
        if act in self.acts or (client is not None and client in self.clients):
            return False
        self.acts.add(act)
        if client is not None:
            self.clients.add(client)
        self.events.append((self.advance(), act, client))
        return True

    def see(self, act: Act) -> Match | None:
        """The match that a new event makes, if it makes one."""
        actor, target, kind, at = act
        return self.pairs.setdefault(pair_of(actor, target), Pair()).see(actor, target, kind, at)


def event_columns(events: list[tuple[int, Act, bytes | None]]) -> EventColumns:
    """Events as columns."""
    table = np.array([(position, *act) for position, act, _ in events], np.int64).reshape(-1, 5)
    position, actor, target, kind, at = (np.ascontiguousarray(table[:, column]) for column in range(5))
    return EventColumns(position, actor, target, kind.astype(np.int8), at)
