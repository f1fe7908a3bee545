"""The offline report: probabilities and lists beside their baselines, never accuracy, never without exposure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.errors import TwofoldError
from twofold.domain.time import MICROS_PER_DAY
from twofold.evaluation.baselines import Lister
from twofold.evaluation.split import Split, labels
from twofold.metrics.exposure import gini, share_shown, top_share
from twofold.metrics.lists import ndcg_at, recall_at
from twofold.metrics.probability import auc, average_precision, ece, log_loss

K = 20
RESAMPLES = 1_000
# Lists for more viewers narrow the interval by little and cost milliseconds each; drawn at random when there are more.
MOST_VIEWERS = 2_000
DELAYS_DAYS = (0, 1)  # the delayed one counts: features in production are not of this very moment

Predict = Callable[[Keys, Keys, NDArray[np.int64]], Doubles]
"""(viewers, candidates, moments) -> P(like) from what happened strictly before each moment."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over viewers with its 95 % interval (percentile bootstrap)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Probabilities:
    """How good P(like) is on the future's decisions, with features ``delay_days`` old."""

    delay_days: int
    rows: int
    likes: int
    auc: float
    log_loss: float
    base_log_loss: float
    ece: float
    dislike_average_precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """How good one way to make lists is: what it finds and whom it shows."""

    name: str
    recall: Interval
    ndcg: Interval
    match_recall: Interval | None
    gini: float
    share_shown: float
    top_percent_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewers:
    """Whose lists were made: ``counted`` of those with somebody to find; the others by why they were left out."""

    counted: int
    not_drawn: int
    left_out: dict[str, int]
    with_matches: int
    shown_to_could_be: int


def measure_probabilities(split: Split, predict: Predict) -> list[Probabilities]:
    """P(like) of the future's decisions, for each delay of the features."""
    future, truth = split.future, labels(split.future)
    base = log_loss(truth, np.full(len(truth), split.base_rate))
    measured = []
    for days in DELAYS_DAYS:
        said = predict(future.actor, future.target, future.at - days * MICROS_PER_DAY)
        said = np.where(np.isfinite(said), said, split.base_rate)
        measured.append(
            Probabilities(
                delay_days=days,
                rows=len(truth),
                likes=int(truth.sum()),
                auc=auc(truth, said),
                log_loss=log_loss(truth, said),
                base_log_loss=base,
                ece=ece(truth, said),
                dislike_average_precision=average_precision(1 - truth, -said),
            )
        )
    return measured


def measure_lists(
    split: Split,
    listers: Mapping[str, Lister],
    eligible: Callable[[int], Keys],
    present: Callable[[int], bool],
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> tuple[Viewers, list[Lists]]:
    """Lists frozen at the cut, one per viewer who liked somebody after it.

    Args:
        eligible: whom a viewer could be shown at the cut; raises a `TwofoldError` for somebody who gets no list.
        present: whether a key was a person at the cut.
    """
    wanted, left_out = _relevant(split.future.take(labels(split.future) == 1), present)
    matched, _ = _relevant(_both_ways(split.matches), present)
    viewers = rng.permutation(np.array(sorted(wanted), np.int64))
    chosen, made = viewers[:MOST_VIEWERS].tolist(), _Made(list(listers))
    for number, viewer in enumerate(chosen):
        try:
            keys = eligible(viewer)
        except TwofoldError:
            left_out["viewer gets no list at the cut (inactive)"] += 1
            continue
        made.add(
            keys,
            {name: lister(viewer, keys, K) for name, lister in listers.items()},
            wanted[viewer],
            matched.get(viewer),
        )
        progress((number + 1) / len(chosen))
    viewed = Viewers(
        counted=made.lists,
        not_drawn=len(viewers) - len(chosen),
        left_out=dict(left_out),
        with_matches=sum(viewer in matched for viewer in chosen),
        shown_to_could_be=len(made.could_be),
    )
    return viewed, [made.figures(name, rng) for name in listers]


class _Made:
    """Gathers lists and what they found."""

    def __init__(self, names: list[str]) -> None:
        self.lists = 0
        self.could_be: set[int] = set()
        self._found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
        self._shown: dict[str, Counter[int]] = {name: Counter() for name in names}

    def add(self, eligible: Keys, lists: Mapping[str, Keys], wanted: set[int], matched: set[int] | None) -> None:
        """One viewer's lists."""
        self.lists += 1
        self.could_be.update(eligible.tolist())
        for name, keys in lists.items():
            ranked = keys.tolist()
            match = recall_at(ranked, matched, K) if matched else np.nan
            self._found[name].append((recall_at(ranked, wanted, K), ndcg_at(ranked, wanted, K), match))
            self._shown[name].update(ranked)

    def figures(self, name: str, rng: np.random.Generator) -> Lists:
        """All about one way to make lists."""
        found = np.array(self._found[name], np.float64).reshape(-1, 3)
        matches = found[np.isfinite(found[:, 2]), 2]
        counts = np.array([self._shown[name][key] for key in sorted(self.could_be)], np.float64)
        return Lists(
            name=name,
            recall=interval(found[:, 0], rng),
            ndcg=interval(found[:, 1], rng),
            match_recall=interval(matches, rng) if len(matches) else None,
            gini=gini(counts),
            share_shown=share_shown(counts),
            top_percent_share=top_share(counts),
        )


def interval(values: Doubles, rng: np.random.Generator) -> Interval:
    """The mean of one value per viewer, and the 2.5 and 97.5 percentiles of the mean over resampled viewers."""
    if not len(values):
        return Interval(float("nan"), float("nan"), float("nan"))
    means = [float(values[rng.integers(len(values), size=len(values))].mean()) for _ in range(RESAMPLES)]
    low, high = np.percentile(means, (2.5, 97.5))
    return Interval(float(values.mean()), float(low), float(high))


def _relevant(pairs: EventColumns, present: Callable[[int], bool]) -> tuple[dict[int, set[int]], Counter[str]]:
    """For each viewer whom they should find, among people who were there at the cut; and who was left out."""
    wanted: dict[int, set[int]] = {}
    for viewer, target in zip(pairs.actor.tolist(), pairs.target.tolist(), strict=True):
        found = wanted.setdefault(viewer, set())
        if present(target):
            found.add(target)
    kept = {viewer: found for viewer, found in wanted.items() if found and present(viewer)}
    new = sum(not present(viewer) for viewer in wanted)
    lost = len(wanted) - len(kept) - new
    left_out = Counter({"viewer was not there at the cut": new, "liked only people who came later": lost})
    return kept, left_out


def _both_ways(matches: EventColumns) -> EventColumns:
    turned = EventColumns(matches.position, matches.target, matches.actor, matches.kind, matches.at)
    return EventColumns.concatenate([matches, turned])
