"""Derived matches of the events just appended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text

from twofold.domain.changes import EventBatch
from twofold.domain.event import EventKind
from twofold.storage.matching import Match, Pair, pair_of
from twofold.storage.sql.ahead import Ahead
from twofold.storage.sql.database import LogWriter
from twofold.storage.sql.schema import MATCH_KINDS

# For each new like whose target has liked the actor: all likes and unmatches of the two. Both inner look-ups go
# through the partial index (hence its condition, repeated to the letter); kinds 1 and 2 are the likes.
_HISTORY = text(f"""
SELECT h.position, h.actor, h.target, h.kind, h.at
FROM (SELECT e.actor AS one, e.target AS other FROM events e
      WHERE e.position > :before AND e.kind <= 2
        AND EXISTS (SELECT 1 FROM events r WHERE r.{MATCH_KINDS} AND r.kind <= 2
                    AND r.actor = e.target AND r.target = e.actor)) AS mutual
CROSS JOIN (SELECT 0 AS turned UNION ALL SELECT 1) AS side
JOIN events h ON h.{MATCH_KINDS}
             AND h.actor = CASE side.turned WHEN 0 THEN mutual.one ELSE mutual.other END
             AND h.target = CASE side.turned WHEN 0 THEN mutual.other ELSE mutual.one END
""")


def derived_matches(log: LogWriter, before: int, ahead: Ahead | None = None) -> EventBatch:
    """The matches that events after a position made, in the order in which they were made."""
    history = {tuple(row) for row in _history(log, before, ahead)}
    pairs: dict[tuple[int, int], Pair] = {}
    made: list[Match] = []
    for position, actor, target, kind, at in sorted(history):
        match = pairs.setdefault(pair_of(actor, target), Pair()).see(actor, target, kind, at)
        if match is not None and position > before:
            made.append(match)
    return EventBatch(
        actor=[match.actor for match in made],
        target=[match.target for match in made],
        kind=[int(EventKind.MATCH)] * len(made),
        at=[match.at for match in made],
        client=[None] * len(made),
    )


def _history(log: LogWriter, before: int, ahead: Ahead | None) -> Iterable[Sequence[int]]:
    if log.lookups is not None:
        return log.lookups.history(before, ahead)
    return [tuple(row) for row in log.connection.execute(_HISTORY, {"before": before})]
