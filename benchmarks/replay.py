"""How long it takes to compute the features of a training set again, each row as of its own moment and log position.

    python benchmarks/replay.py [--people 50000] [--decisions 1000000] [--listed 0.5] [--features v2] [--seed 1]
                                [--json OUT]

A synthetic town's log in SQLite; every decision is a row, a share of them as of a list that was shown an hour before,
the others as of a day before. The baseline counts twelve figures for a sample of the rows in plain Python, from lists
of each person's own events, and is scaled to all rows: decisions and likes given and received and acts in 30 days of
both sides, the candidate's standing decision, people whom both like. Absolute figures drift with the machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import numpy as np

from twofold.domain.changes import EventBatch, EventColumns
from twofold.domain.event import DECISIONS, POSITIVES
from twofold.domain.ports import Store
from twofold.domain.time import MICROS_PER_DAY, Micros, system_clock
from twofold.features.spec import VERSIONS
from twofold.models.lore import Lore
from twofold.models.rarity import Rarity
from twofold.simulation.town import build_town
from twofold.storage.url import open_store
from twofold.training.collaborative import fit_vectors, likes_of
from twofold.training.course import Course
from twofold.training.decisions import EARLY_SHARE
from twofold.training.export import GROUP
from twofold.training.habits import count_habits
from twofold.training.material import Material
from twofold.training.parquet import TrainingSetFile
from twofold.training.ranking import Reader
from twofold.training.rows import Rows, Shown, rows_of

SAMPLE = 2_000
PLAIN = "plain Python"
HOUR, DAY = MICROS_PER_DAY // 24, MICROS_PER_DAY
EVENTS_PER_DECISION = 1.5  # views and others are among a town's events; what is too much is cut off
BATCH = 10_000


def fill(store: Store, people: int, decisions: int, seed: int) -> None:
    """A town's people and events up to so many decisions, in the order of time."""
    now = Micros(system_clock())
    town = build_town(people, int(decisions * EVENTS_PER_DECISION), seed, now)
    store.put_people([(person, False) for person in town.people], now)
    keys = store.keys_of([person.id for person in town.people])
    key = np.array([keys[person.id] for person in town.people])
    decided = np.cumsum(np.isin(town.kind, tuple(DECISIONS)))
    size = int(np.searchsorted(decided, min(decisions, int(decided[-1])))) + 1
    for start in range(0, size, BATCH):
        part = slice(start, min(start + BATCH, size))
        actor, target = key[town.actor[part]].tolist(), key[town.target[part]].tolist()
        kind, at = town.kind[part].tolist(), town.at[part].tolist()
        store.append_events(EventBatch(actor, target, kind, at, [None] * len(actor)), now)


def lists_before(material: Material, events: EventColumns, share: float, rng: np.random.Generator) -> Shown:
    """For a share of the decisions a list an hour before, at the log position of then."""
    decisions = material.decisions
    some = np.flatnonzero(rng.random(len(decisions)) < share)
    at = decisions.at[some] - HOUR
    before = np.searchsorted(events.at, at)
    position = np.where(before > 0, events.position[np.maximum(before - 1, 0)], 0)
    sources: list[tuple[str, ...]] = [
        ("content",) if place % 2 else ("popular", "collaborative") for place in range(len(some))
    ]
    return Shown(decisions.actor[some], decisions.target[some], at, position, sources)


class PlainCounters:
    """What a first attempt would write: lists of each person's events, counted row by row."""

    def __init__(self, events: EventColumns) -> None:
        self._given: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self._received: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        columns = (events.actor, events.target, events.kind, events.at)
        for actor, target, kind, at in zip(*(column.tolist() for column in columns), strict=True):
            self._given[actor].append((at, kind, target))
            if kind in DECISIONS:
                self._received[target].append((at, kind, actor))

    def row(self, viewer: int, candidate: int, moment: int) -> list[float]:
        """Five figures of each side and two of the pair."""
        figures: list[float] = []
        liked: list[set[int]] = []
        for person in (viewer, candidate):
            given, received = self._before(self._given[person], moment), self._before(self._received[person], moment)
            decisions = [act for act in given if act[1] in DECISIONS]
            likes = {act[2] for act in decisions if act[1] in POSITIVES}
            figures += [len(decisions), len(likes), len(received), sum(act[1] in POSITIVES for act in received)]
            figures.append(sum(act[0] >= moment - 30 * DAY for act in given))
            liked.append(likes)
        standing = [act[1] for act in self._before(self._given[candidate], moment) if act[2] == viewer]
        return [*figures, float(standing[-1]) if standing else 0.0, len(liked[0] & liked[1])]

    @staticmethod
    def _before(acts: list[tuple[int, int, int]], moment: int) -> list[tuple[int, int, int]]:
        return acts[: bisect_left(acts, (moment,))]


def plain(events: EventColumns, rows: Rows, rng: np.random.Generator, watch: Stopwatch) -> None:
    """Count plainly for a sample of the rows, scaled to all."""
    with watch(PLAIN):
        counters = PlainCounters(events)
    some = rng.choice(len(rows), min(SAMPLE, len(rows)), replace=False)
    columns = (rows.decisions.actor[some], rows.decisions.target[some], rows.as_of.moments[some])
    with watch(PLAIN, times=len(rows) / len(some)):
        for viewer, candidate, moment in zip(*(column.tolist() for column in columns), strict=True):
            counters.row(viewer, candidate, moment)


class Stopwatch:
    """Seconds by stage, on the wall and of the processor (which other work on the machine does not lengthen)."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.processor: dict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str, times: float = 1.0) -> Iterator[None]:
        """Add what happens inside to a stage, so many times."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall[stage] += (time.perf_counter() - wall) * times
        self.processor[stage] += (time.process_time() - processor) * times


def measure(asked: argparse.Namespace, store: Store, out: Path) -> dict[str, object]:
    """Rows, and seconds by stage, the baseline's among them."""
    rng, watch, run = np.random.default_rng(asked.seed), Stopwatch(), Course(asked.seed, 0, lambda _stage, _done: None)
    fill(store, asked.people, asked.decisions, asked.seed)
    with watch("read"):
        material = Material.read(run, store, Micros(system_clock()))
    events = EventColumns.concatenate(list(store.events()))
    shown = lists_before(material, events, asked.listed, rng)
    with watch("rows"):
        rows = rows_of(material.decisions, shown, DAY)
    with watch("vectors"):
        reader = reader_of(asked, run, material)
    with TrainingSetFile(out) as file:
        file.begin(material.population.columns.ids(), reader.version.names, {})
        for start in range(0, len(rows), GROUP):
            group = rows.take(slice(start, start + GROUP))
            with watch("features"):
                features = reader.features(group)
            with watch("write"):
                file.write(group, features)
    plain(events, rows, rng, watch)
    return {
        "rows": len(rows),
        "of_lists_shown": rows.shown,
        "features": len(reader.version.names),
        "stages": [
            {"stage": stage, "seconds": round(watch.wall[stage], 2), "processor": round(watch.processor[stage], 2)}
            for stage in watch.wall
        ],
        "ratio": round(watch.processor["features"] / watch.processor[PLAIN], 2),
    }


def reader_of(asked: argparse.Namespace, run: Course, material: Material) -> Reader:
    """Vectors of the early half, as in training but for one regularisation alone."""
    decisions, columns = material.decisions, material.population.columns
    cut = decisions.cut(EARLY_SHARE) or 0
    early = decisions.before(cut)
    vectors = fit_vectors(
        likes_of(early, columns.rows),
        regularization=10.0,
        seed=asked.seed,
        threads=0,
        done=lambda _done: None,
        as_of=cut,
        position=2**62,
    )
    lore = Lore(Rarity.of(columns), count_habits(early, columns))
    return Reader(material.population, VERSIONS[asked.features], vectors, lore)


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--listed", type=float, default=0.5)
    parser.add_argument("--features", default="v2")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{folder}/town.db")) as store:
        store.prepare()
        found = measure(asked, store, Path(folder) / "rows.parquet")
    machine = {"machine": platform.machine(), "python": platform.python_version(), "numpy": np.__version__}
    print(f"{asked.people:,} people, seed {asked.seed}, {machine}, {date.today().isoformat()}")  # noqa: DTZ011
    print(f"{found['rows']:,} rows of {found['features']} features, {found['of_lists_shown']:,} of lists shown")
    print(f"{'stage':<14}{'seconds':>9}{'processor':>11}")
    for row in found["stages"]:  # type: ignore[attr-defined]
        print(f"{row['stage']:<14}{row['seconds']:>9}{row['processor']:>11}")
    print(f"features / {PLAIN} (12 figures): {found['ratio']}")
    if asked.json:
        asked.json.write_text(json.dumps({**machine, "people": asked.people, "seed": asked.seed, **found}, indent=1))


if __name__ == "__main__":
    main()
