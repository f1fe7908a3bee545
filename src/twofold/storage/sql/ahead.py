"""What the look-up tables say of a batch, asked before its turn to write: these reads at random take longer than all
else that an append does, and nobody has to wait for them.

What a table held then, it holds still, unless rows were removed or a generation was sealed meanwhile: of all that came
later the writer's own tail knows. Where either happened, the answers are not used and the tables are asked again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from twofold.domain.changes import EventBatch

Pair = tuple[int, int]

_STAMP: Final = """
SELECT (SELECT sealed FROM event_lookups), (SELECT coalesce(max(position), 0) FROM tombstones)
"""
# The client ids come as one run of bytes: JSON has none.
_FIELDS: Final = "given.key AS n, " + ", ".join(
    f"json_extract(given.value, '$[{place}]') AS {name}"
    for place, name in enumerate(("at", "actor", "target", "kind", "told"))
)
_ANSWERS: Final = f"""
WITH g AS MATERIALIZED (SELECT {_FIELDS}, substr(?2, 16 * given.key + 1, 16) AS client FROM json_each(?1) given)
SELECT n, actor, target,
       EXISTS (SELECT 1 FROM event_acts k
               WHERE k.at = g.at AND k.actor = g.actor AND k.target = g.target AND k.kind = g.kind)
       OR (told AND EXISTS (SELECT 1 FROM event_clients k WHERE k.client = g.client)) AS known,
       kind <= 2 AND EXISTS (SELECT 1 FROM event_likes k WHERE k.actor = g.target AND k.target = g.actor) AS liked
FROM g
WHERE known OR liked
"""
_NO_CLIENT: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was found of the events of a batch, by their places in it.

    Args:
        sealed, removed: log positions up to which all is in the tables, and of the last removal, at that moment.
        known: whose act or client id the tables hold.
        liked: of likes whose target has liked the actor, who likes whom.
    """

    sealed: int
    removed: int
    known: frozenset[int]
    liked: frozenset[Pair]

    def part(self, start: int, end: int) -> Ahead:
        """Of the events of some places."""
        known = frozenset(place - start for place in self.known if start <= place < end)
        return Ahead(self.sealed, self.removed, known, self.liked)


def look_ahead(connection: Connection, batch: EventBatch) -> Ahead | None:
    """Ask the tables (SQLite), in one read transaction; None when client ids are no digests."""
    if any(client is not None and len(client) != len(_NO_CLIENT) for client in batch.client):
        return None
    cursor: Any = connection.connection.cursor()
    sealed, removed = cursor.execute(_STAMP).fetchone()
    acts = [(at, actor, target, kind, client is not None) for actor, target, kind, at, client in batch.rows()]
    clients = b"".join(client or _NO_CLIENT for client in batch.client)
    found = cursor.execute(_ANSWERS, (json.dumps(acts), clients)).fetchall()
    return Ahead(
        sealed,
        removed,
        known=frozenset(place for place, _, _, known, _ in found if known),
        liked=frozenset((actor, target) for _, actor, target, _, liked in found if liked),
    )
