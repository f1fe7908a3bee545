"""What an exposure cap costs and gives: lists for many viewers of a synthetic town, in a seeded order, by cap.

    python benchmarks/exposure.py [--people 3000] [--events 90000] [--viewers 3000] [--caps 200 50 20] [--pacing 0 0.2]
                                  [--length 20] [--seed 1] [--json OUT]

Both stages are trained with the product, on a town whose people's true wishes are known. The viewers' lists are spread
evenly over one day. Likes, mutual likes and effective matches are expectations by the truth: a viewer likes whom they
are shown with their true probability, and only the first 20 likes that reach a person can be answered. Absolute times
drift with the machine; the column "ms" is a list without its impressions, median.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np

from twofold.bootstrap import assemble
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import MICROS_PER_DAY, Micros, system_clock
from twofold.metrics.congestion import answerable
from twofold.metrics.exposure import gini, share_shown, top_share
from twofold.pipeline.query import Query
from twofold.policies.slate import ExplorationSlots, ExposureCap
from twofold.population.exposure import Exposure
from twofold.services.live import Generation
from twofold.services.training import TrainingOrder
from twofold.settings import Settings
from twofold.simulation.demo import settle_events, settle_people
from twofold.simulation.town import Town, build_town

ANSWERED = 20  # likes that a person has time for


@dataclass(frozen=True, slots=True)
class Shown:
    """All that was shown, in order. Columns (m,), keys; ``score`` is what ordered the lists; ``ms`` per list."""

    viewer: Keys
    candidate: Keys
    score: Doubles
    ms: Doubles
    short: int


def trained(town: Town, folder: Path, seed: int) -> tuple[Generation, Keys]:
    """The product with both stages trained on the town, and the keys of the town's people."""
    now = system_clock()
    twofold = assemble(Settings(data_dir=folder, auto_train=False), record=False)
    keys = settle_people(town, twofold.store, now, lambda _: None)
    settle_events(town, twofold.store, keys, now, lambda _: None)
    twofold.training.train(TrainingOrder(seed=seed))
    with twofold.live.lock:
        generation = twofold.live.current()
    twofold.store.close()
    return generation, keys


def shown_to(generation: Generation, viewers: Keys, length: int, seed: int) -> Shown:
    """The viewers' lists, one after the other, evenly over the day that begins now."""
    population = generation.population
    start = population.exposure.start(system_clock() + MICROS_PER_DAY)
    rows: list[tuple[Keys, Doubles]] = []
    spent = []
    for place, viewer in enumerate(viewers.tolist()):
        at = Micros(start + place * MICROS_PER_DAY // len(viewers))
        rng = np.random.default_rng([seed, viewer])
        query = Query(request_id="benchmark", viewer=viewer, as_of=at, limit=length, rng=rng)
        begun = time.perf_counter()
        outcome = generation.pipeline.run(query)
        spent.append((time.perf_counter() - begun) * 1_000)
        chosen = list(outcome.rows)
        rows.append((outcome.ranked.pool.keys[chosen], outcome.ranked.scores[chosen]))
        population.exposure.show(rows[-1][0], at)
    lengths = [len(keys) for keys, _ in rows]
    return Shown(
        np.repeat(viewers, lengths),
        np.concatenate([keys for keys, _ in rows]),
        np.concatenate([scores for _, scores in rows]),
        np.array(spent),
        sum(count < length for count in lengths),
    )


def paced(generation: Generation, pacing: float) -> Generation:
    """The generation with another pacing."""
    policy = ExposureCap(generation.population, ExplorationSlots(), pacing)
    return replace(generation, pipeline=replace(generation.pipeline, policy=policy))


def figures(shown: Shown, town: Town, place_of: Keys, eligible: Keys) -> dict[str, float]:
    """What was shown, in numbers: exposure over all eligible people, and what comes of it by the truth."""
    viewer, candidate = place_of[shown.viewer], place_of[shown.candidate]
    there, back = town.like_probability(viewer, candidate), town.like_probability(candidate, viewer)
    counts = np.bincount(shown.candidate, minlength=int(eligible.max()) + 1)[eligible]
    return {
        "most": int(counts.max()),
        "gini": gini(counts),
        "share_shown": share_shown(counts),
        "top_1_percent": top_share(counts),
        "showings": len(shown.viewer),
        "short_lists": shown.short,
        "utility": float(shown.score.mean()),
        "likes": float(there.sum()),
        "mutual_likes": float((there * back).sum()),
        "effective_matches": float((there * back * answerable(candidate, there, ANSWERED)).sum()),
        "ms": float(np.median(shown.ms)),
    }


def measure(asked: argparse.Namespace, folder: Path) -> list[dict[str, object]]:
    """One row per cap and pacing; without a cap first."""
    town = build_town(asked.people, asked.events, asked.seed, Micros(system_clock()))
    generation, keys = trained(town, folder, asked.seed)
    population = generation.population
    eligible = np.flatnonzero(population.columns.active & population.columns.present)
    place_of = np.zeros(int(keys.max()) + 1, np.int64)
    place_of[keys] = np.arange(len(keys))
    viewers = np.random.default_rng(asked.seed).permutation(eligible)[: asked.viewers]
    rows: list[dict[str, object]] = []
    for cap, pacing in [(None, 0.0), *product(asked.caps, asked.pacing)]:
        population.exposure = Exposure(cap)
        shown = shown_to(paced(generation, pacing), viewers, asked.length, asked.seed)
        rows.append({"cap": cap, "pacing": pacing, **figures(shown, town, place_of, eligible)})
    return rows


COLUMNS = {
    "cap": ("cap", "{}"),
    "pacing": ("pacing", "{:g}"),
    "most": ("most", "{}"),
    "gini": ("Gini", "{:.3f}"),
    "share_shown": ("shown", "{:.1%}"),
    "top_1_percent": ("top 1 %", "{:.1%}"),
    "showings": ("showings", "{:,}"),
    "short_lists": ("short", "{}"),
    "utility": ("utility", "{:.4f}"),
    "likes": ("likes", "{:,.0f}"),
    "mutual_likes": ("mutual", "{:,.0f}"),
    "effective_matches": ("effective", "{:,.0f}"),
    "ms": ("ms", "{:.1f}"),
}


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=3_000)
    parser.add_argument("--events", type=int, default=90_000)
    parser.add_argument("--viewers", type=int, default=3_000, help="at most so many lists")
    parser.add_argument("--caps", type=int, nargs="*", default=[200, 50, 20])
    parser.add_argument("--pacing", type=float, nargs="*", default=[0.0, 0.2])
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(asked, Path(folder))
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    town = {name: getattr(asked, name) for name in ("people", "events", "viewers", "length", "seed")}
    print(f"{town}, {machine}, {date.today().isoformat()}")  # noqa: DTZ011
    print("".join(f"{title:>10}" for title, _ in COLUMNS.values()))
    for row in rows:
        print("".join(f"{form.format(row[name]):>10}" for name, (_, form) in COLUMNS.items()))
    if asked.json:
        asked.json.write_text(json.dumps({**machine, **town, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
