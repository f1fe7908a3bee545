"""The work of ``twofold bench startup``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import msgspec

from twofold.bench.http import Connection, get
from twofold.bench.memory import Memory
from twofold.bench.report import Heading
from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.machine import heading_facts
from twofold.entrypoints.cli.benching.servers import Server, running
from twofold.entrypoints.cli.benching.swap import Swap, swapped
from twofold.entrypoints.cli.benching.worlds import trained_world
from twofold.entrypoints.cli.output import count, figure, say, say_facts, say_table
from twofold.entrypoints.cli.progress import Report
from twofold.simulation.world.world import person_id

MB = 1e6


class StartRow(msgspec.Struct, frozen=True, kw_only=True):
    """One start.

    Args:
        seconds: from the start of the processes until the last of them answered.
        first_ms, second_ms: of its first list, and of another viewer's after it.
        memory: of all processes, just after.
    """

    seconds: float
    first_ms: float
    second_ms: float
    memory: Memory | None


class StartupReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole benchmark; ``swap``: what changing to a newer snapshot took, where there are any."""

    heading: Heading
    workers: int
    rows: list[StartRow]
    swap: Swap | None


def bench_startup(asked: Asked, workers: int, rounds: int, report: Report) -> StartupReport:
    """Start and stop real servers on a copy; what they read is in the system's cache from the second time on."""
    world = asked.world(report)
    trained_world(world, report)
    heading = Heading.of("startup", asked.facts(world))
    paths = world.viewers(asked.shape.seed).draw(2 * rounds, asked.shape.unlimited)
    one, other = (person_id(int(place)) for place in world.pool(unlimited=False)[:2])
    with world.copy() as settings:
        rows, swap = [], None
        for place in range(rounds):
            report("start", place / rounds)
            with running(settings, workers) as servers:
                rows.append(_started(servers, paths[2 * place : 2 * place + 2], world.built.people))
                if place == rounds - 1:
                    report("change snapshots", 0.0)
                    swap = swapped(settings, servers, (one, other), world.built.people)
    return StartupReport(heading=heading, workers=workers, rows=rows, swap=swap)


def _started(servers: Sequence[Server], paths: list[str], people: int) -> StartRow:
    first, second = asyncio.run(_lists(servers[0].address, paths))
    return StartRow(
        seconds=max(server.seconds for server in servers),
        first_ms=first,
        second_ms=second,
        memory=Memory.of([server.pid for server in servers], people),
    )


async def _lists(address: str, paths: list[str]) -> list[float]:
    """Milliseconds of one list after the other."""
    connection = await Connection.open(address)
    spent = []
    for path in paths:
        start = time.perf_counter()
        reply = await connection.ask(get(path))
        spent.append(round((reply.at - start) * 1e3, 3))
    connection.close()
    return spent


def say_startup(report: StartupReport) -> None:
    """One row per start."""
    say_facts(heading_facts(report.heading) | {"started": f"{report.workers} workers at once"})
    say("")
    headers = ["start", "ready s", "first list ms", "second ms", "memory MB", "bytes a person"]
    rows = [
        [
            count(place),
            figure(row.seconds, 2),
            figure(row.first_ms, 1),
            figure(row.second_ms, 1),
            "-" if row.memory is None else f"{row.memory.pss / MB:,.0f}",
            "-" if row.memory is None else f"{row.memory.per_person:,.0f}",
        ]
        for place, row in enumerate(report.rows, start=1)
    ]
    say_table(headers, rows, right=headers)
    if report.swap is not None:
        swap = report.swap
        say(
            "",
            f"A newer snapshot, made in {figure(swap.making, 1)} s, served by all {figure(swap.seconds, 1)} s later: "
            f"{swap.before.pss / MB:,.0f} MB before, {swap.highest.pss / MB:,.0f} MB at most.",
        )
