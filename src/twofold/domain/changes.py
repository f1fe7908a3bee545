"""What the log holds: each accepted change has one position, and position order is commit order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.person import Person
from twofold.domain.time import Micros

IntColumn = NDArray[np.int64]
KindColumn = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events as equally long columns, in log order: person keys, kinds (`EventKind` numbers), times in `Micros`."""

    position: IntColumn
    actor: IntColumn
    target: IntColumn
    kind: KindColumn
    at: IntColumn

    def __len__(self) -> int:
        return len(self.position)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> EventColumns:
        """The rows of an index or mask."""
        return EventColumns(
            self.position[index], self.actor[index], self.target[index], self.kind[index], self.at[index]
        )

    @classmethod
    def empty(cls) -> EventColumns:
        """No events."""
        none = np.empty(0, np.int64)
        return cls(none, none, none, np.empty(0, np.int8), none)

    @classmethod
    def concatenate(cls, parts: list[EventColumns]) -> EventColumns:
        """All parts, one after the other."""
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([part.position for part in parts]),
            np.concatenate([part.actor for part in parts]),
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.kind for part in parts]),
            np.concatenate([part.at for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class PersonVersion:
    """A person as they became by one change.

    ``key`` is the dense integer that events, columns and vectors use for the person. ``at`` is the version's own time
    (an import may bring old ones), ``received_at`` the server's.
    """

    position: int
    key: int
    at: Micros
    received_at: Micros
    person: Person
    age_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """A person is gone: whoever holds the key forgets it."""

    position: int
    key: int


@dataclass(frozen=True, slots=True)
class Changes:
    """All that was accepted after one position and up to ``position``, each list in log order."""

    position: int
    people: tuple[PersonVersion, ...]
    events: EventColumns
    removals: tuple[Removal, ...]

    def parts(self, after: int, most: int) -> Iterator[Changes]:
        """The same in parts of at most so many positions each, one after the other, from a position on.

        >>> none = Changes(5, (), EventColumns.empty(), (Removal(4, 7),))
        >>> [(part.position, len(part.removals)) for part in none.parts(after=1, most=2)]
        [(3, 0), (5, 1)]
        """
        while after < self.position:
            end = min(after + most, self.position)
            low, high = np.searchsorted(self.events.position, [after, end], side="right")
            yield Changes(
                end,
                tuple(each for each in self.people if after < each.position <= end),
                self.events.take(np.arange(low, high)),
                tuple(each for each in self.removals if after < each.position <= end),
            )
            after = end


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch: how many rows were new, how many had been there, and the log's position after it."""

    accepted: int
    repeated: int
    position: int


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Validated events on their way into the log, as columns of Python or numpy values.

    ``client`` holds 16-byte digests of client ids, None where the sender gave none.
    """

    actor: list[int]
    target: list[int]
    kind: list[int]
    at: list[int]
    client: list[bytes | None]

    def __len__(self) -> int:
        return len(self.actor)

    def part(self, start: int, end: int) -> EventBatch:
        """The events of some places."""
        some = slice(start, end)
        return EventBatch(self.actor[some], self.target[some], self.kind[some], self.at[some], self.client[some])

    def rows(self) -> Iterator[tuple[int, int, int, int, bytes | None]]:
        """The events as tuples (actor, target, kind, at, client)."""
        return zip(self.actor, self.target, self.kind, self.at, self.client, strict=True)
