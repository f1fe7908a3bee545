"""The work of ``twofold bench training``. Imports what fits models, so import it late."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import msgspec
import numpy as np

from twofold.bench.report import Heading
from twofold.domain.changes import EventColumns
from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.machine import heading_facts
from twofold.entrypoints.cli.benching.worlds import KeptWorld
from twofold.entrypoints.cli.output import count, figure, say, say_facts, say_table
from twofold.entrypoints.cli.progress import Report
from twofold.services.training import TrainingOrder, TrainingService
from twofold.storage.url import open_store
from twofold.training.collaborative import CONFIDENCE, ITERATIONS
from twofold.training.decisions import Decisions
from twofold.training.tuned_als import AlsSettings, TunedAls

PENALTY = 10.0  # any does: it changes what is found, not how long it takes
# ru_maxrss is kilobytes, but bytes on macOS.
UNIT = 1 if sys.platform == "darwin" else 1_024
GB = 1e9


class TrainingBench(msgspec.Struct, frozen=True, kw_only=True):
    """The whole benchmark.

    Args:
        seconds: of the whole training process, its start and the reading of the log included.
        stages: seconds of its parts.
        peak: the most memory it held, in bytes.
        decisions: that it learned from.
        likes, iterations: of the matrix that the library's own fit gets, and how often it passes over it.
        library_seconds: that fit alone, of the same size, in this process.
        ratio: of the whole training to that fit.
    """

    heading: Heading
    trained: list[str]
    seconds: float
    stages: dict[str, float]
    peak: int
    decisions: int
    likes: int
    iterations: int
    library_seconds: float
    ratio: float
    metrics: dict[str, float]


def bench_training(asked: Asked, report: Report) -> TrainingBench:
    """Train both stages on a copy, then fit the library's own model on who likes whom."""
    world = asked.world(report)
    heading = Heading.of("training", asked.facts(world))
    with world.copy() as settings:
        service, order = (
            TrainingService(settings.url, settings.models_dir),
            TrainingOrder("last", asked.shape.seed, True),
        )
        start = time.perf_counter()
        made: dict[str, Any] = service.train(order, lambda stage, done: report(f"train: {stage}", done))
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT
    report("the library's own fit", 0.0)
    likes, spent = _library(world, asked.shape.seed)
    return TrainingBench(
        heading=heading,
        trained=list(made["trained"]),
        seconds=round(seconds, 2),
        stages=made["seconds"],
        peak=peak,
        decisions=made["rows"]["decisions"],
        likes=likes,
        iterations=ITERATIONS,
        library_seconds=round(spent, 2),
        ratio=round(seconds / spent, 2),
        metrics=made["metrics"],
    )


def _library(world: KeptWorld, seed: int) -> tuple[int, float]:
    """How many likes there are, and seconds of the library's fit on them."""
    store = open_store(world.settings.url)
    try:
        decisions = Decisions.of(EventColumns.concatenate(list(store.events())))
    finally:
        store.close()
    latest = decisions.latest_per_pair()
    likes = np.flatnonzero(latest.label == 1)
    chosen = AlsSettings(PENALTY, CONFIDENCE, ITERATIONS)
    start = time.perf_counter()
    TunedAls(latest.actor[likes], latest.target[likes], world.built.people, chosen, seed)
    return len(likes), time.perf_counter() - start


def say_training(report: TrainingBench) -> None:
    """Seconds per stage beside the library's fit."""
    say_facts(
        heading_facts(report.heading)
        | {
            "trained": f"{' and '.join(report.trained)}, on {count(report.decisions)} decisions, in its own process",
            "peak": f"{report.peak / GB:.2f} GB",
        }
    )
    say("")
    rows = [[stage, figure(seconds, 2)] for stage, seconds in report.stages.items()]
    rows += [["all, with its start", figure(report.seconds, 2)]]
    library = f"the implicit library's own fit: {count(report.likes)} likes, {report.iterations} passes"
    rows += [[library, figure(report.library_seconds, 2)]]
    say_table(["stage", "seconds"], rows, right=["seconds"])
    say("", f"The whole training takes {figure(report.ratio, 2)} times as long as that fit alone.")
