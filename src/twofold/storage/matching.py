"""When two people match: derived from the likes between them, the same way in every store."""

from __future__ import annotations

from dataclasses import dataclass, field

from twofold.domain.event import POSITIVES, EventKind


@dataclass(frozen=True, slots=True)
class Match:
    """A derived match: ``actor`` is who liked last, ``at`` the moment of that like."""

    actor: int
    target: int
    at: int


@dataclass(slots=True)
class Pair:
    """What the log so far says about the likes between two people.

    They match once both have liked. Later likes add nothing; an unmatch forgets the likes before it, so that a new
    match takes a new like of both: nobody is matched again with somebody they left by the other's act alone.
    Which like was last is told by the events' own times (imports may come out of order), by log order where equal.

    >>> pair = Pair()
    >>> pair.see(1, 2, EventKind.LIKE, 10), pair.see(2, 1, EventKind.LIKE, 20)
    (None, Match(actor=2, target=1, at=20))
    """

    likes: dict[int, int] = field(default_factory=dict)

    def see(self, actor: int, target: int, kind: int, at: int) -> Match | None:
        """Take the pair's next event, in log order; the match it makes, if it makes one."""
        if kind == EventKind.UNMATCH:
            self.likes.clear()
        if kind not in POSITIVES or actor in self.likes or actor == target:
            return None
        self.likes[actor] = at
        other = self.likes.get(target)
        if other is None:
            return None
        return Match(actor, target, at) if at >= other else Match(target, actor, other)


def pair_of(actor: int, target: int) -> tuple[int, int]:
    """The two keys in a fixed order.

    >>> pair_of(7, 3)
    (3, 7)
    """
    return (actor, target) if actor < target else (target, actor)
