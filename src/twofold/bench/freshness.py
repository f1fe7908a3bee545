"""How soon a list obeys what was acknowledged: by the process that took it, and by another."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from twofold.bench.http import Connection, get, post
from twofold.bench.spread import Spread

KINDS = ("like", "block")
CREATED = 201
# Longer is not fresh at all; it is told as that.
LONGEST = 5.0


class FreshRow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event, asked of one process.

    Args:
        process: ``same`` that took the event, or ``other``.
        ms: from the acknowledgement to the first answer without the person; the list itself is in it.
        stale: answers after the acknowledgement that still held the person.
        tries: how often it was tried.
    """

    kind: str
    process: str
    tries: int
    ms: Spread
    stale: int


async def freshness(addresses: Sequence[str], paths: Sequence[str]) -> list[FreshRow]:
    """For each viewer's list: like, or block, the first on it, and look until the list is without them."""
    seconds: dict[tuple[str, str], list[float]] = {}
    stale: dict[tuple[str, str], int] = {}
    connections = [await Connection.open(address) for address in addresses[:2]]
    try:
        for place, path in enumerate(paths):
            kind = KINDS[place % len(KINDS)]
            target = await _acted(connections, path, kind)
            for process, connection in zip(("same", "other"), connections, strict=False):
                if target is not None:
                    spent, old = await _obeyed(connection, path, target)
                    seconds.setdefault((kind, process), []).append(spent)
                    stale[kind, process] = stale.get((kind, process), 0) + old
    finally:
        for connection in connections:
            connection.close()
    return [
        FreshRow(kind=kind, process=process, tries=len(spent), ms=Spread.of(spent), stale=stale[kind, process])
        for (kind, process), spent in seconds.items()
    ]


async def _acted(connections: Sequence[Connection], path: str, kind: str) -> str | None:
    """Have the list in every process, then act on its first person; None when there is nobody on it."""
    lists = [(await connection.ask(get(path))).document().get("items", []) for connection in connections]
    if not lists[0]:
        return None
    target, actor = str(lists[0][0]["person"]), path.split("/")[3]
    reply = await connections[0].ask(post("/v1/events", {"actor": actor, "target": target, "kind": kind}))
    return target if reply.status == CREATED else None


async def _obeyed(connection: Connection, path: str, target: str) -> tuple[float, int]:
    """Seconds until the list is without the target, and how many lists before that held them."""
    start, stale = time.perf_counter(), 0
    while True:
        items = (await connection.ask(get(path))).document().get("items", [])
        spent = time.perf_counter() - start
        if all(item["person"] != target for item in items):
            return spent, stale
        stale += 1
        if spent > LONGEST:
            return float("nan"), stale
