"""The work of ``twofold bench ingest``."""

from __future__ import annotations

import asyncio

import msgspec
import numpy as np

from twofold.bench.ingest import Ingest, IngestReport
from twofold.bench.preparation import prepared
from twofold.bench.report import Heading
from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.machine import heading_facts
from twofold.entrypoints.cli.benching.servers import running
from twofold.entrypoints.cli.benching.spreads import say_spreads
from twofold.entrypoints.cli.output import count, figure, say, say_facts
from twofold.entrypoints.cli.progress import Report
from twofold.simulation.world.world import person_id


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The whole benchmark."""

    heading: Heading
    measured: IngestReport


def bench_ingest(asked: Asked, events: int, batch: int, clients: int, report: Report) -> Ingested:
    """Send events to a real server on a copy of the world; nobody is trained, the log is what counts."""
    world = asked.world(report)
    heading = Heading.of("ingest", asked.facts(world))
    people = np.union1d(world.pool(unlimited=False), world.pool(unlimited=True))
    with world.copy() as settings:
        report("start the server", 0.0)
        with running(settings) as (server,):
            asyncio.run(prepared(server.address))
            report("send events", 0.0)
            rng = np.random.default_rng(asked.shape.seed)
            ingest = Ingest(server.address, people, person_id, world.built.events, events, batch, clients, rng)
            return Ingested(heading=heading, measured=ingest.measure())


def say_ingested(report: Ingested) -> None:
    """Events a second, and the times of batches and blocks."""
    measured = report.measured
    say_facts(
        heading_facts(report.heading)
        | {
            "sent": f"{count(measured.events)} events with random client ids in batches of {count(measured.batch)}, "
            f"{measured.clients} at once, onto {count(measured.log)}",
            "ingested": f"{figure(measured.events_per_second, 0)} events/s, each acknowledged after its commit",
        }
    )
    say("")
    rows = {
        "batch, until acknowledged": measured.commit_ms,
        "block meanwhile": measured.block_ms,
        "block alone": measured.alone_ms,
    }
    say_spreads("what", rows.items())
    if measured.errors:
        say("", f"{count(measured.errors)} requests were not accepted.", style="yellow")
