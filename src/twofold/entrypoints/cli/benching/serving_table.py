"""What ``twofold bench serving`` measured, in a terminal."""

from __future__ import annotations

from twofold.bench.freshness import FreshRow
from twofold.bench.memory import Memory
from twofold.bench.serving import LoadRow, SaturationRow
from twofold.bench.sketch import SketchReport
from twofold.entrypoints.cli.benching.machine import heading_facts
from twofold.entrypoints.cli.benching.serving import ServingReport
from twofold.entrypoints.cli.benching.spreads import TIMES, say_spreads, times
from twofold.entrypoints.cli.output import count, figure, say, say_facts, say_table

MB = 1e6


def say_serving(report: ServingReport) -> None:
    """Latency, throughput, stages, memory, start-up, freshness, and the sketch beside it."""
    measured, ready = report.measured, ", ".join(f"{each:.1f}" for each in report.ready_seconds)
    say_facts(
        heading_facts(report.heading)
        | {"served": f"{report.model}, {report.workers} workers, ready after {ready} s, impressions on"}
    )
    say("", "Open loop: ms from the moment a request was meant to be sent; 64 connections, distinct viewers", "")
    _say_loads([*measured.loads, measured.cached])
    say("", "Closed loop: every connection asks again at once", "")
    _say_saturation(measured.saturation)
    say("", "Stages of the first row", "")
    say_spreads("stage", measured.stages.items())
    _say_memory(measured.memory)
    _say_fresh(measured.fresh)
    if report.beside is not None:
        beside = report.beside
        say("", f"Beside a training of {figure(beside.seconds, 0)} s, with the load of the first row", "")
        say_spreads("lists", [("beside a training", beside.ms), ("without", measured.loads[0].ms)])
        say("", f"{figure(beside.ratio_p50, 2)} times as long at p50, {figure(beside.ratio_p99, 2)} at p99.")
    if report.baseline is not None:
        say_sketch(report.baseline)
    behind = [row for row in measured.loads if row.behind]
    if behind:
        say("", "The servers did not keep up with the rate: those times are of a queue that grows.", style="yellow")
    if measured.repeats:
        say("", f"Note: the world is small; {count(measured.repeats)} requests were of viewers asked for before.")


def _say_loads(rows: list[LoadRow]) -> None:
    headers = ["lists", "without limit", "rate/s", *TIMES, "errors", "late p99", "per worker"]
    cells = [
        [
            row.what if not row.cached else f"{row.what} ({count(row.cached)} not)",
            f"{row.unlimited:.0%}",
            f"{row.rate:g}",
            *times(row.ms),
            _errors(row),
            figure(row.late_ms, 2),
            " ".join(map(count, row.per_worker)),
        ]
        for row in rows
    ]
    say_table(headers, cells, right=headers[1:])


def _errors(row: LoadRow) -> str:
    """How many, and with which statuses; 0 is no answer."""
    wrong = " ".join(f"{number}x{status}" for status, number in row.statuses.items() if not status.startswith("2"))
    return f"{count(row.errors)} ({wrong})" if wrong else count(row.errors)


def _say_saturation(rows: list[SaturationRow]) -> None:
    headers = ["workers", "connections each", "lists/s", "per worker", "p50 ms", "p99 ms", "errors"]
    cells = [
        [
            count(row.workers),
            count(row.connections),
            figure(row.lists_per_second, 0),
            figure(row.per_worker, 0),
            figure(row.ms.p50, 2),
            figure(row.ms.p99, 2),
            count(row.errors),
        ]
        for row in rows
    ]
    say_table(headers, cells, right=headers)


def _say_memory(memory: Memory | None) -> None:
    if memory is None:
        say("", "Memory: this system does not tell.")
        return
    say(
        "",
        f"Memory of all workers (PSS): {memory.pss / MB:,.0f} MB, of which private {memory.private / MB:,.0f} MB; "
        f"{memory.per_person:,.0f} bytes a person, shared {memory.shared_per_person:,.0f}.",
    )


def _say_fresh(rows: list[FreshRow]) -> None:
    say("", "Freshness: from the acknowledgement of an event until a list obeyed it, that list included", "")
    headers = ["event", "process", "tries", *TIMES, "lists that did not obey"]
    cells = [[row.kind, row.process, count(row.tries), *times(row.ms), count(row.stale)] for row in rows]
    say_table(headers, cells, right=headers[2:])


def say_sketch(sketch: SketchReport) -> None:
    """The founding sketch beside the first row."""
    say("", "The founding sketch, literally: one client, one list after the other, in process", "")
    say_spreads("part", [("list", sketch.ms), *sketch.parts.items()])
    say(
        "",
        f"It takes {figure(sketch.ratio_p50, 2)} times as long as the first row at p50, {figure(sketch.ratio_p99, 2)} "
        f"at p99; beside one client's lists of the product, one after the other, {figure(sketch.alone_p50, 2)} and "
        f"{figure(sketch.alone_p99, 2)}.",
    )
