"""The child process: ``python -m twofold.training --database URL --models DIR`` (``--help`` tells the rest).

Says one JSON object per line: ``{"stage": ..., "done": 0..1}`` while it works, last ``{"report": {...}}``, or
``{"error": {"type": ..., "message": ...}}`` and an exit code of `domain.errors`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twofold.domain.errors import TwofoldError, Unavailable
from twofold.domain.model import ModelType
from twofold.domain.ports import Store
from twofold.domain.time import Micros, system_clock
from twofold.features.everybody import begin_day
from twofold.policies.utility import UTILITIES
from twofold.population.population import FEW
from twofold.population.replay import replay
from twofold.population.snapshot import Snapshots
from twofold.storage.memory import MemoryStore
from twofold.storage.url import open_store
from twofold.training.export import export
from twofold.training.moment import moment_of
from twofold.training.recipe import RANKERS, Recipe
from twofold.training.report import TrainingReport
from twofold.training.run import train

# Requests that are served on the same machine go first: this gets what they leave.
NICENESS = 19


def main(arguments: Sequence[str] | None = None) -> int:
    """Train or export once; the exit code."""
    options = _options(arguments)
    try:
        report = _work(options)
    except TwofoldError as error:
        _say({"error": {"type": type(error).__name__, "message": str(error)}})
        return error.exit_code
    _say({"report": report})
    return 0


def _work(options: argparse.Namespace) -> dict[str, Any]:
    store = open_store(options.database)
    try:
        store.ping()
        recipe = Recipe(
            ranker=ModelType(options.ranker),
            features=options.features,
            delay_days=options.delay_days,
            utility=options.utility,
            seed=options.seed,
        )
        as_of = moment_of(options.as_of, store, system_clock)
        return (_train if options.export is None else _export)(options, store, recipe, as_of)
    finally:
        store.close()


def _train(options: argparse.Namespace, store: Store, recipe: Recipe, as_of: Micros) -> dict[str, Any]:
    aside = MemoryStore() if options.aside else None
    report = train(
        store,
        options.models,
        as_of=as_of,
        clock=system_clock,
        recipe=recipe,
        progress=_say_progress,
        threads=options.threads,
        models=aside,
    )
    snapshot = None if options.aside or options.snapshots is None else _snapshot(options.snapshots, store)
    return _document(report, aside) | ({} if snapshot is None else {"snapshot": snapshot})


def _snapshot(folder: Path, store: Store) -> str | None:
    """Write everyone down for servers to start from; the snapshot's name, or why there is none."""
    if store.count_people() <= FEW:
        return None
    _say_progress("snapshot", 0.0)
    try:
        population = replay(store)
        begin_day(population, system_clock())
        written = Snapshots(folder, store.identity()).write(population, lambda done: _say_progress("snapshot", done))
    except Unavailable as error:
        return f"none: {error}"
    return written.folder.name


def _export(options: argparse.Namespace, store: Store, recipe: Recipe, as_of: Micros) -> dict[str, Any]:
    report = export(
        store,
        options.export,
        as_of=as_of,
        clock=system_clock,
        recipe=recipe,
        progress=_say_progress,
        threads=options.threads,
    )
    return report.to_document()


def _document(report: TrainingReport, aside: MemoryStore | None) -> dict[str, Any]:
    """The report; with the record that is registered nowhere, when the version was put aside."""
    document = report.to_document()
    record = aside.get_model(report.version) if aside is not None and report.version is not None else None
    return document if record is None else {**document, "record": asdict(record)}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m twofold.training", description="Train both stages from the log.")
    # By environment where it holds a password: arguments are for everybody on the machine to see.
    url = os.environ.get("TWOFOLD_DATABASE_URL")
    parser.add_argument("--database", default=url, required=url is None, help="URL of the database")
    parser.add_argument("--models", required=True, type=Path, help="folder of the model folders")
    parser.add_argument("--snapshots", type=Path, help="folder for a snapshot of everyone after the training")
    parser.add_argument("--as-of", default="now", help="'now', 'last', an ISO 8601 time or Unix seconds")
    parser.add_argument("--seed", type=_whole, default=0, help="equal seeds give equal models")
    kinds = [each.value for each in RANKERS]
    parser.add_argument("--ranker", choices=kinds, default=Recipe().ranker.value, help="type of the second stage")
    parser.add_argument("--features", default=Recipe().features, help="feature version of the second stage")
    parser.add_argument("--delay-days", type=float, default=Recipe().delay_days, help="how old features are at least")
    parser.add_argument("--utility", choices=list(UTILITIES), default=Recipe().utility, help="what combines directions")
    parser.add_argument("--threads", type=_whole, default=0, help="for the fit of the vectors; 0 is all cores")
    parser.add_argument("--aside", action="store_true", help="register nothing; the report holds the record instead")
    parser.add_argument("--export", type=Path, help="train nothing: write the ranker's rows to this Parquet file")
    return parser.parse_args(arguments)


def _whole(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise ValueError
    return value


def _give_way() -> None:
    """Run at the lowest priority there is, with all threads: those that libraries began when imported keep theirs."""
    for thread in _threads():
        with contextlib.suppress(OSError):  # it ended meanwhile
            os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
            if hasattr(os, "SCHED_IDLE"):
                os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))


def _threads() -> list[int]:
    """Numbers of this process's threads; 0, the present one, where the system does not tell."""
    try:
        return [int(each) for each in os.listdir("/proc/self/task")]
    except OSError:
        return [0]


def _say_progress(stage: str, done: float) -> None:
    _say({"stage": stage, "done": round(done, 3)})


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, allow_nan=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _give_way()
    sys.exit(main())
