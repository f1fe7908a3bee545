"""What people do to each other: the closed list of event kinds, and what each of them means.

``RULES`` is the one table to read or change: whom a kind excludes from whom, for how long, and whether it trains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum

from twofold.domain.time import MICROS_PER_DAY, Micros


class EventKind(IntEnum):
    """The kinds of event; the number is what columns and the database hold, and never changes its meaning."""

    LIKE = 1
    SUPER_LIKE = 2
    DISLIKE = 3
    PASS = 4
    VIEW = 5
    MESSAGE = 6
    MATCH = 7
    UNMATCH = 8
    BLOCK = 9
    UNBLOCK = 10
    REPORT = 11

    @property
    def label(self) -> str:
        """The name used in files and over HTTP.

        >>> EventKind.SUPER_LIKE.label
        'super_like'
        """
        return self.name.lower()


class Excludes(Enum):
    """Who is kept from whose lists after an event."""

    NOBODY = "nobody"
    TARGET = "the target from the actor's lists"
    BOTH = "each from the other's lists"


@dataclass(frozen=True, slots=True)
class KindRule:
    """What one kind of event does.

    ``days`` limits the exclusion (None: for ever). ``label`` is what the ranker learns from it: 1 positive,
    0 negative, None not a decision. ``weight`` is the confidence the collaborative model gives a positive.
    ``derived`` kinds are written by the service alone.
    """

    excludes: Excludes = Excludes.NOBODY
    days: int | None = None
    reason: str = "decided"
    label: int | None = None
    weight: float = 0.0
    derived: bool = False

    @property
    def micros(self) -> int | None:
        """The exclusion's length in microseconds; None is for ever."""
        return None if self.days is None else self.days * MICROS_PER_DAY


# A pass is "not now": after half a year tastes and profiles have changed. A dislike is "no" and stays.
# A super_like counts twice: it is rarer than a like and says more (the weight is the confidence of implicit ALS).
RULES: dict[EventKind, KindRule] = {
    EventKind.LIKE: KindRule(Excludes.TARGET, label=1, weight=1.0),
    EventKind.SUPER_LIKE: KindRule(Excludes.TARGET, label=1, weight=2.0),
    EventKind.DISLIKE: KindRule(Excludes.TARGET, label=0),
    EventKind.PASS: KindRule(Excludes.TARGET, days=180, label=0),
    EventKind.VIEW: KindRule(),
    EventKind.MESSAGE: KindRule(),
    EventKind.MATCH: KindRule(Excludes.BOTH, reason="matched", derived=True),
    EventKind.UNMATCH: KindRule(Excludes.BOTH, reason="unmatched"),
    EventKind.BLOCK: KindRule(Excludes.BOTH, reason="blocked"),
    EventKind.UNBLOCK: KindRule(),  # lifts the actor's own blocks of the target, nothing else
    EventKind.REPORT: KindRule(Excludes.BOTH, reason="reported"),
}

POSITIVES = frozenset(kind for kind, rule in RULES.items() if rule.label == 1)
NEGATIVES = frozenset(kind for kind, rule in RULES.items() if rule.label == 0)
DECISIONS = POSITIVES | NEGATIVES
KINDS_BY_LABEL = {kind.label: kind for kind in EventKind}
WRITABLE_KINDS = tuple(kind.label for kind in EventKind if not RULES[kind].derived)


@dataclass(frozen=True, slots=True)
class Event:
    """One act of one person towards another, as somebody reports it.

    ``at`` is the event's own time; ``client_id`` makes sending it again harmless.
    """

    actor: str
    target: str
    kind: EventKind
    at: Micros
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Many events as somebody reports them: equally long columns of what `Event` holds.

    >>> Sent.of([Event("ada", "bea", EventKind.LIKE, Micros(5))]).actor
    ['ada']
    """

    actor: list[str]
    target: list[str]
    kind: list[EventKind]
    at: list[Micros]
    client_id: list[str | None]

    def __len__(self) -> int:
        return len(self.actor)

    @classmethod
    def of(cls, events: Sequence[Event]) -> Sent:
        """Events one by one, as columns."""
        return cls(
            [event.actor for event in events],
            [event.target for event in events],
            [event.kind for event in events],
            [event.at for event in events],
            [event.client_id for event in events],
        )

    def events(self) -> Iterator[Event]:
        """The columns as events, one by one."""
        return map(Event, self.actor, self.target, self.kind, self.at, self.client_id)


def client_digest(client_id: str) -> bytes:
    """What the log keeps of a client id: 16 bytes of BLAKE2b, so that any id costs the index the same.

    >>> len(client_digest("order-7"))
    16
    """
    return hashlib.blake2b(client_id.encode(), digest_size=16).digest()
