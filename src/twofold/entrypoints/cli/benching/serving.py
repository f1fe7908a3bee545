"""The work of ``twofold bench serving``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

import msgspec
import numpy as np

from twofold.bench.report import Heading
from twofold.bench.serving import BesideRow, Measured, Serving
from twofold.bench.sketch import Sketch, SketchReport, sketch_features
from twofold.domain.candidate import Floats
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.beside import training_beside
from twofold.entrypoints.cli.benching.servers import running
from twofold.entrypoints.cli.benching.worlds import KeptWorld, trained_world
from twofold.entrypoints.cli.progress import Report
from twofold.models.halves import as_single
from twofold.models.registry import Registry
from twofold.settings import Settings
from twofold.simulation.world.shape import NOW
from twofold.storage.url import open_store

MOST_SKETCHED, FEWEST_SKETCHED = 200, 20
DECIDED = 200_000  # decisions the sketch's ranker may be fitted on


@dataclass(frozen=True, slots=True)
class Load:
    """How much to ask: processes, requests a second, seconds of each row; whether the sketch runs too, and a training
    beside the servers."""

    workers: int = 2
    rate: float = 200.0
    seconds: float = 20.0
    baseline: bool = False
    training: bool = False


class ServingReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole benchmark.

    Args:
        model: what serves.
        workers, connections, seconds: of the load.
        ready_seconds: of each worker, from the start of its process until it answered; all started at once.
        baseline: the founding sketch on the same data, when asked for.
        beside: the first row's load while a training runs, when asked for.
    """

    heading: Heading
    model: str
    workers: int
    seconds: float
    ready_seconds: list[float]
    measured: Measured
    baseline: SketchReport | None
    beside: BesideRow | None


def bench_serving(asked: Asked, load: Load, report: Report) -> ServingReport:
    """Build and train what is missing, serve a copy, measure."""
    world = asked.world(report)
    trained = trained_world(world, report)
    heading = Heading.of("serving", asked.facts(world))
    with world.copy() as settings:
        report("start the servers", 0.0)
        with running(settings, load.workers) as servers:
            serving = Serving(
                addresses=[server.address for server in servers],
                pids=[server.pid for server in servers],
                viewers=world.viewers(asked.shape.seed),
                people=world.built.people,
                rate=load.rate,
                seconds=load.seconds,
                unlimited=asked.shape.unlimited,
                done=report,
            )
            measured, beside = serving.measure(), None
            if load.training:
                with training_beside(settings) as training:
                    beside = serving.beside(lambda: training.poll() is None, measured.loads[0])
        baseline = None
        if load.baseline:
            report("the founding sketch", 0.0)
            baseline = _sketched(world, settings).beside(measured.loads[0].ms, measured.saturation[0].ms)
    return ServingReport(
        heading=heading,
        model="+".join(trained["trained"]),
        workers=load.workers,
        seconds=load.seconds,
        ready_seconds=[server.seconds for server in servers],
        measured=measured,
        baseline=baseline,
        beside=beside,
    )


def _sketched(world: KeptWorld, settings: Settings) -> SketchReport:
    """The sketch on the same people, events and vectors."""
    # Late: it imports scikit-learn, and only who asks for the sketch shall wait for that.
    from twofold.training.sketch import fit_sketch

    database = settings.data_dir / "twofold.db"
    vectors = champion_vectors(settings)
    features = sketch_features(database, vectors, NOW)
    with closing(sqlite3.connect(database)) as connection:
        query = f"SELECT target, kind <= 2 FROM events WHERE kind <= 4 LIMIT {DECIDED}"
        decided = np.array(connection.execute(query).fetchall(), np.int64)
    predict = fit_sketch(features[decided[:, 0]], decided[:, 1].astype(np.int8))
    rng = np.random.default_rng(world.shape.seed)
    people = rng.permutation(world.pool(unlimited=False))
    count = int(np.clip(20_000_000 // world.built.people, FEWEST_SKETCHED, MOST_SKETCHED))
    sketch = Sketch(database, vectors, features, predict)
    try:
        return sketch.measure(people[:count])
    finally:
        sketch.close()


def champion_vectors(settings: Settings) -> Floats:
    """(n, d) the viewers' vectors of the model that serves."""
    store = open_store(settings.url)
    try:
        registry = Registry(store, settings.models_dir, system_clock)
        champion = registry.champion()
        assert champion is not None
        vectors = registry.load(champion.version).vectors
        assert vectors is not None
        return as_single(vectors.viewers)
    finally:
        store.close()
