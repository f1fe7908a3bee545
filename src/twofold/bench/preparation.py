"""Waiting until a server has computed ahead what its lists read: what is measured is a server at work."""

from __future__ import annotations

import asyncio

from twofold.bench.http import Connection, get

SAID = b"twofold_prepared 1.0"
SECONDS, EVERY = 900.0, 0.2


async def prepared(address: str) -> bool:
    """Wait until a server says so in its metrics; False when it has not by then."""
    connection = await Connection.open(address)
    try:
        for _ in range(round(SECONDS / EVERY)):
            if SAID in (await connection.ask(get("/metrics"))).body:
                return True
            await asyncio.sleep(EVERY)
        return False
    finally:
        connection.close()
