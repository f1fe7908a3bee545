"""How well the order of public lists tells a viewer who already likes them, by default and with TWOFOLD_DISCREET=true.

    python benchmarks/order_attack.py [--people 1000] [--events 40000] [--viewers 300] [--lists 5] [--seed 1]

The attacker is a viewer who asks for the same list again and again and sees nothing but who stands where. Their guess:
who stands higher likes me. AUC is the chance that of two people on the lists, one who likes the viewer and one who does
not, the first stands higher: 0.5 is guessing, the mean is over viewers, the interval by bootstrap over viewers.

Who is liked by a viewer's kind of people tends to like back, so a list by taste alone predicts likes too without having
looked at any. Hence a second town, `dealt`: the open likes of the first, dealt anew at random among the same givers and
takers, each as often as before, between people who may see each other. There taste says nothing, and what is above the
control is what the product gives away. The control is the same lists judged by likes that are dealt once more.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twofold.bootstrap import Twofold, assemble
from twofold.domain.as_of import AsOf
from twofold.domain.changes import EventBatch
from twofold.domain.time import Micros
from twofold.metrics.intervals import Interval, grouped_interval
from twofold.metrics.probability import auc
from twofold.pipeline.query import Query
from twofold.population.population import Population
from twofold.settings import Settings
from twofold.simulation.town import Town, build_town
from twofold.storage.memory import MemoryStore
from twofold.training.recipe import Recipe
from twofold.training.run import train

NOW = Micros(1_780_000_000_000_000)
LENGTH = 20
# So many tries to exchange the takers of two likes, per like; more mix no further.
TRIES = 30
CONTROLS = 5
# A list that was made without one of its parts, because the machine was busy, would be another list.
PATIENT_MS = 60_000.0

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Open:
    """Likes that their takers have not answered, and could be shown to: rows of the town's events."""

    row: Ints
    giver: Ints
    taker: Ints

    def dealt(self, may: Mask, rng: np.random.Generator) -> Open:
        """The same givers and takers, paired anew where ``may[taker, giver]`` allows it and nobody is dealt twice."""
        taker = self.taker.copy()
        taken = {*zip(self.giver.tolist(), taker.tolist(), strict=True)}
        for one, other in rng.integers(len(taker), size=(TRIES * len(taker), 2)).tolist():
            a, b, x, y = int(self.giver[one]), int(self.giver[other]), int(taker[one]), int(taker[other])
            if a == b or x == y or not may[y, a] or not may[x, b] or (a, y) in taken or (b, x) in taken:
                continue
            taken -= {(a, x), (b, y)}
            taken |= {(a, y), (b, x)}
            taker[one], taker[other] = y, x
        return replace(self, taker=taker)

    def labels(self, people: int) -> Mask:
        """(people, people) whether the column's person likes the row's."""
        found = np.zeros((people, people), bool)
        found[self.taker, self.giver] = True
        return found


def store_of(town: Town) -> MemoryStore:
    """The town in a store of its own; keys are places in the town."""
    store = MemoryStore()
    store.put_people([(person, False) for person in town.people], NOW)
    columns = (town.actor.tolist(), town.target.tolist(), town.kind.tolist(), town.at.tolist())
    store.append_events(EventBatch(*columns, [None] * len(town)), NOW)
    return store


def assembled(store: MemoryStore, folder: Path, discreet: bool) -> Twofold:
    """The product as an operator looks at it."""
    settings = Settings(data_dir=folder, database_url="memory:", discreet=discreet, stage_budget_ms=PATIENT_MS)
    return assemble(settings, store=store, record=False, clock=lambda: NOW)


def trained(town: Town, folder: Path) -> MemoryStore:
    """The town in a store, with a model of features v2 that has seen all of it."""
    store = store_of(town)
    models = Settings(data_dir=folder).models_dir
    report = train(store, models, as_of=NOW, clock=lambda: NOW, recipe=Recipe(), progress=lambda *_: None, threads=1)
    if "ranking" not in report.trained:
        raise SystemExit(f"too small a town: {report.skipped}")
    return store


def may_see(product: Twofold) -> Mask:
    """(people, people) whether the row's person may be shown the column's."""
    pipeline, everyone = product.live.current().pipeline, product.live.current().pipeline.everyone()
    found = np.zeros((len(everyone), len(everyone)), bool)
    for viewer in everyone.tolist():
        keys, query = everyone, query_of(viewer, 0, 0)
        for each in pipeline.filters:
            keys = keys[each.judge(query, keys) == 0]
        found[viewer, keys] = product.live.current().population.columns.active[viewer]
    return found


def open_likes(town: Town, population: Population, may: Mask) -> Open:
    """Standing likes of people who may be shown to whom they like."""
    everyone = population.columns.everyone()
    latest = population.standing(population.given.latest(everyone, AsOf.at(NOW)))
    stands = {*zip(everyone[latest.row[latest.positive]].tolist(), latest.other[latest.positive].tolist(), strict=True)}
    rows = [
        row
        for row, pair in enumerate(zip(town.actor.tolist(), town.target.tolist(), strict=True))
        if pair in stands and may[pair[1], pair[0]] and town.kind[row] in (1, 2)
    ]
    chosen = np.array(rows, np.int64)
    return Open(chosen, town.actor[chosen], town.target[chosen])


def query_of(viewer: int, number: int, seed: int) -> Query:
    """One of a viewer's repeated requests."""
    rng = np.random.default_rng([seed, viewer, number])
    return Query(request_id=f"{viewer}-{number}", viewer=viewer, as_of=NOW, limit=LENGTH, rng=rng)


def seen(product: Twofold, viewers: list[int], lists: int, seed: int) -> Iterator[tuple[int, dict[int, float]]]:
    """Per viewer how high each person stood on average over their lists."""
    pipeline = product.live.current().pipeline
    for viewer in viewers:
        heights: dict[int, float] = {}
        for number in range(lists):
            outcome = pipeline.run(query_of(viewer, number, seed))
            for place, row in enumerate(outcome.rows):
                key = int(outcome.ranked.pool.keys[row])
                heights[key] = heights.get(key, 0.0) + (LENGTH - place) / lists
        yield viewer, heights


def attack(heights: list[tuple[int, dict[int, float]]], labels: Mask, rng: np.random.Generator) -> Interval:
    """The attack's AUC, over viewers who have both kinds of people on their lists."""
    found, whose = [], []
    for viewer, standing in heights:
        people = np.array(list(standing), np.int64)
        likes = labels[viewer, people]
        if 0 < likes.sum() < len(likes):
            found.append(auc(likes, np.array(list(standing.values()))))
            whose.append(viewer)
    return grouped_interval(found, whose, rng)


def share_shown(heights: list[tuple[int, dict[int, float]]], labels: Mask, may: Mask) -> tuple[float, float]:
    """Which part of those who like the viewer stands on the lists, and of the others who may be shown."""
    there, all_ = np.zeros(2), np.zeros(2)
    for viewer, standing in heights:
        people = np.array(list(standing), np.int64)
        there += np.bincount(labels[viewer, people].astype(int), minlength=2)
        all_ += np.bincount(labels[viewer, may[viewer]].astype(int), minlength=2)
    others, admirers = (there / np.maximum(all_, 1)).tolist()
    return admirers, others


def measure(people: int, events: int, viewers: int, lists: int, seed: int, folder: Path) -> list[dict[str, object]]:
    """One row per town and setting."""
    town, rng = build_town(people, events, seed, NOW), np.random.default_rng(seed)
    first = assembled(store_of(town), folder / "first", discreet=False)
    may = may_see(first)
    lived = open_likes(town, first.live.current().population, may)
    dealt = lived.dealt(may, rng)
    target = town.target.copy()
    target[dealt.row] = dealt.taker
    rows: list[dict[str, object]] = []
    for name, where, likes in (("lived", town, lived), ("dealt", replace(town, target=target), dealt)):
        store = trained(where, folder / name)
        labels = likes.labels(people)
        controls = [likes.dealt(may, rng).labels(people) for _ in range(CONTROLS)]
        admired = np.unique(likes.taker)
        asked = np.sort(rng.permutation(admired)[:viewers]).tolist()
        for discreet in (False, True):
            product = assembled(store, folder / name, discreet)
            heights = list(seen(product, asked, lists, seed))
            found = attack(heights, labels, rng)
            control = float(np.mean([attack(heights, each, rng).mean for each in controls]))
            admirers, others = share_shown(heights, labels, may)
            figures = {"auc": found.mean, "low": found.low, "high": found.high, "control": control}
            figures |= {"admirers_shown": admirers, "others_shown": others}
            rows.append(
                {"town": name, "discreet": discreet, "viewers": len(asked), "open_likes": len(likes.row)}
                | {key: round(value, 4) for key, value in figures.items()}
            )
    return rows


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--viewers", type=int, default=300)
    parser.add_argument("--lists", type=int, default=5, help="how often each viewer asks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(asked.people, asked.events, asked.viewers, asked.lists, asked.seed, Path(folder))
    seconds = round(time.perf_counter() - start, 1)
    machine = {"machine": platform.machine(), "python": platform.python_version(), "seconds": seconds}
    print(f"{asked.people:,} people, seed {asked.seed}, {machine}, {date.today().isoformat()}")  # noqa: DTZ011
    print(
        f"{'town':<8}{'discreet':<10}{'AUC':>7}{'95 % interval':>18}{'control':>9}{'admirers shown':>16}{'others':>8}"
    )
    for row in rows:
        interval = f"{row['low']:.3f} to {row['high']:.3f}"
        print(
            f"{row['town']:<8}{row['discreet']!s:<10}{row['auc']:>7.3f}{interval:>18}{row['control']:>9.3f}"
            f"{row['admirers_shown']:>16.1%}{row['others_shown']:>8.1%}"
        )
    if asked.json:
        sizes = {"people": asked.people, "events": asked.events, "lists": asked.lists, "seed": asked.seed}
        asked.json.write_text(json.dumps({**machine, **sizes, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
