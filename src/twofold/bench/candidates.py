"""How many candidates the first stage should bring: time and quality of lists, by their number and of everyone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from twofold.bench.machine import Machine
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.errors import Refused
from twofold.evaluation.data import Data
from twofold.evaluation.document import DataFacts, Figures
from twofold.evaluation.lists import NOBODY, K, Shown, quality
from twofold.evaluation.product import Adjustable, AdjustableTrials, TrialPlan
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.facts import facts, moment_text
from twofold.evaluation.protocols.timed import model_of
from twofold.evaluation.split import Split
from twofold.evaluation.targets import Targets, targets_of

SIZES = (10, 50, 100, 200, 1_000)
EVERYONE = "everyone"
BASE = 100  # the default; what ratios are to
MOST_LISTS, FEWEST_LISTS = 300, 50
# Viewers times people that are scored in both directions: more take minutes and narrow the intervals by little.
MOST_PAIRS = 3_000_000
WARM = 5  # lists before those that count
PACKAGES = ("numpy", "faiss-cpu", "scikit-learn", "implicit")

TimedLister: TypeAlias = Callable[[int, int], tuple[Keys, Mapping[str, float]]]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Lists of one number of candidates.

    Args:
        candidates: the number, or ``everyone``.
        p50_ms, p99_ms: per list, in this process.
        ratio: of the medians, to 100 candidates in the same run.
        stages_ms: median of each stage.
        lists: recall_at_20, mutual_recall_at_20 and ndcg.
        degraded: lists in which a component failed.
    """

    candidates: int | str
    p50_ms: float
    p99_ms: float
    ratio: float
    stages_ms: dict[str, float]
    lists: Figures
    degraded: int = 0


class CandidatesReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole benchmark. ``lists`` viewers, each once per row; trained on what is before ``train_until``."""

    benchmark: str
    machine: Machine
    data: DataFacts
    train_until: str
    lists: int
    seed: int
    model: str
    rows: list[Row]
    notes: list[str]
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class CandidatesBenchmark:
    """One run.

    Args:
        split: trained before its cut, measured after it.
    """

    data: Data
    split: Split
    course: Course

    def run(self, trials: AdjustableTrials) -> CandidatesReport:
        """Train, make the lists of every row in turns, and say what they took and found.

        Raises:
            Refused: nobody liked somebody new after the cut.
        """
        machine = Machine.this(PACKAGES)
        with trials(TrialPlan(cut=self.split.cut, seed=self.course.seed)) as product:
            with self.course.part("whom to find"):
                targets = self._targets(product)
            adjusted = {size: product.with_candidates(size) for size in SIZES}
            with self.course.part("lists") as done, threadpool_limits(1):
                listers: dict[int | str, TimedLister] = {size: each.timed_list for size, each in adjusted.items()}
                listers[EVERYONE] = product.timed_everyone
                made = in_turns(listers, targets, done)
            degraded = {size: each.degraded for size, each in adjusted.items()}
            base = made[BASE].total
            rows = [
                Row(
                    candidates=size,
                    p50_ms=_median(each.total),
                    p99_ms=round(float(np.percentile(each.total, 99)), 3),
                    ratio=round(_median(each.total) / _median(base), 2),
                    stages_ms={stage: _median(spent) for stage, spent in each.stages.items()},
                    lists=quality(each.shown, self.course.chance("quality")),
                    degraded=degraded.get(size, 0) if isinstance(size, int) else 0,
                )
                for size, each in made.items()
            ]
            self.course.note(*product.notes)
            return CandidatesReport(
                benchmark="candidates",
                machine=machine,
                data=facts(self.data),
                train_until=moment_text(self.split.cut),
                lists=len(targets),
                seed=self.course.seed,
                model=model_of(product),
                rows=rows,
                notes=self.course.notes,
                seconds=self.course.seconds,
            )

    def _targets(self, product: Adjustable) -> Targets:
        there = self.data.there_from < self.split.cut
        targets = targets_of(self.split, self.data.people, product.eligible, there, self.course.chance("viewers"))
        if not len(targets):
            raise Refused("too_little", "nobody who was there at the cut liked somebody new after it: no lists to make")
        return targets.first(int(np.clip(MOST_PAIRS // max(self.data.people, 1), FEWEST_LISTS, MOST_LISTS)))


@dataclass(frozen=True, slots=True)
class Made:
    """Lists with their times: ``total`` (n,) ms per list, ``stages`` (n,) ms each."""

    shown: Shown
    total: Doubles
    stages: dict[str, Doubles]


def in_turns(
    listers: Mapping[int | str, TimedLister], targets: Targets, done: Callable[[float], None] = lambda _: None
) -> dict[int | str, Made]:
    """One list per viewer by each, taking turns viewer by viewer, so that a busy moment of the machine hits all alike.

    The first few viewers' lists are made once before, and their times forgotten.
    """
    for viewer in targets.viewers[:WARM].tolist():
        for lister in listers.values():
            lister(viewer, K)
    keys = {name: np.full((len(targets), K), NOBODY, np.int64) for name in listers}
    times: dict[int | str, list[Mapping[str, float]]] = {name: [] for name in listers}
    for place, viewer in enumerate(targets.viewers.tolist()):
        first = place % len(listers)  # whoever is first finds nothing of this viewer in the processor's caches
        for name, lister in [*listers.items()][first:] + [*listers.items()][:first]:
            found, spent = lister(viewer, K)
            keys[name][place, : len(found)] = found
            times[name].append(spent)
        done((place + 1) / len(targets))
    return {name: _made(Shown(targets, keys[name]), times[name]) for name in listers}


def _made(shown: Shown, times: list[Mapping[str, float]]) -> Made:
    stages = {stage: np.array([each.get(stage, 0.0) for each in times]) for stage in times[0]}
    return Made(shown, np.sum(list(stages.values()), axis=0), stages)


def _median(spent: Doubles) -> float:
    return round(float(np.median(spent)), 3)
