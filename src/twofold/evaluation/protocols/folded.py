"""Data with one moment: what is before it is known, what is after it is asked, fold by fold.

Everything is frozen at the moment. A fold's decisions after it are predicted by a model that has learnt from those of
the other folds alone. So is speed dating measured (grouped by evening), and data without times (grouped by viewer).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import LATEST, Micros
from twofold.evaluation.baselines.directions import Together, harmonic, one_sided, product
from twofold.evaluation.baselines.rates import FourRates, ReceivedRate
from twofold.evaluation.data import Data, decisions_of
from twofold.evaluation.document import Counts, Document, Figures, Protocol, Slice, System, figures
from twofold.evaluation.probabilities import filled, measured, plotted
from twofold.evaluation.product import ProductUnderTest, TrialPlan, Trials
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.facts import facts, moment_text
from twofold.evaluation.protocols.timed import PRODUCT, model_of
from twofold.evaluation.slices import FEWEST_ROWS
from twofold.evaluation.split import Split, labels, split_at
from twofold.metrics.bootstrap import Bootstrap
from twofold.metrics.lists import ndcg_of_hits
from twofold.metrics.ties import best

COLD_PRODUCT = "twofold_profile_only"
K = 5  # of the eight people or so that a viewer meets in half an evening
WORDS = {
    PRODUCT: "the product",
    COLD_PRODUCT: "the product, everybody's events hidden",
    "random": "in random order",
    "base_rate": "always the other folds' share of likes",
    "popularity": "the rate of likes received",
    "four_rates": "logistic model on the rates of likes given and received of both people; harmonic mean",
    "four_rates_product": "the same, product of both directions",
    "four_rates_one_sided": "the same, the viewer's direction alone",
}


@dataclass(frozen=True, slots=True)
class Folded:
    """One evaluation around one moment.

    Args:
        moment: known before, asked after.
        groups: (people,) which group each person belongs to as a viewer; groups are never split.
        clusters: (people,) what intervals are made over.
        folds: how many.
        lists: whether the order of each viewer's own later people is measured.
        split: in words, for the report.
        interval: in words, for the report.
    """

    data: Data
    moment: Micros
    groups: NDArray[np.int64]
    clusters: NDArray[np.int64]
    folds: int
    lists: bool
    split: str
    interval: str
    course: Course

    def run(self, trials: Trials) -> Document:
        """Everything, as a document."""
        rows = _Rows(split_at(self.data.events, self.moment, self.moment), self.groups % self.folds)
        model = "heuristic"
        for fold in range(self.folds):
            with self.course.part("probabilities"):
                self._baselines(rows, fold)
            held = np.flatnonzero(rows.fold_of == fold).astype(np.int64)
            plan = TrialPlan(cut=Micros(int(LATEST)), frozen_at=self.moment, held_out=held, seed=self.course.seed)
            with trials(plan) as tested, self.course.part("lists of the product"):
                self._product(rows, fold, tested)
                model = model_of(tested)
                self.course.note(*tested.notes)
        with self.course.part("figures"):
            systems = {name: self._system(rows, name) for name in WORDS if name in rows.said or name in rows.scores}
        return self._document(rows, systems, model)

    def _product(self, rows: _Rows, fold: int, tested: ProductUnderTest) -> None:
        """What the product says of a fold's later decisions, and in which order it puts each viewer's people."""
        if not tested.ranks:
            self.course.note("P(like) of the product is not measured: there is no ranking model of the past")
            return
        here = rows.of_fold(fold)
        viewers, candidates = rows.split.future.actor[here], rows.split.future.target[here]
        moments = np.full(len(here), self.moment, np.int64)
        rows.say(PRODUCT, here, tested.predict(viewers, candidates, moments))
        rows.say(COLD_PRODUCT, here, tested.predict_cold(viewers, candidates, self.moment))
        if self.lists:
            for places in rows.by_viewer(here):
                viewer = int(rows.split.future.actor[places[0]])
                said = tested.both(viewer, rows.split.future.target[places], self.moment)
                rows.score(PRODUCT, places, said.utility)

    def _baselines(self, rows: _Rows, fold: int) -> None:
        here, others = rows.of_fold(fold), rows.of_others(fold)
        learnt = rows.split.future.take(others)
        share = float(labels(learnt).mean()) if len(learnt) else rows.base
        rows.say("base_rate", here, np.full(len(here), share))
        rows.score("random", here, np.zeros(len(here)))
        viewers, candidates = rows.split.future.actor[here], rows.split.future.target[here]
        moments = np.full(len(here), self.moment, np.int64)
        for each in (FourRates, ReceivedRate):
            known = each(decisions_of(self.data.events), rows.base)
            known.fit(learnt, np.full(len(learnt), self.moment, np.int64), int(self.moment))
            there, back = known.predict(viewers, candidates, moments), known.predict(candidates, viewers, moments)
            rows.say(known.name, here, there)
            for name, together in _TOGETHER[known.name].items():
                rows.score(name, here, together(there, back))

    def _system(self, rows: _Rows, name: str) -> System:
        truth, rng = labels(rows.split.future), self.course.chance("figures")
        actor = rows.split.future.actor
        said = rows.said.get(name)
        slices = {}
        for code, side in enumerate(self.data.group_names):
            mine = self.data.groups[actor] == code
            if said is not None and mine.sum() >= FEWEST_ROWS:
                part = measured(truth[mine], filled(said, rows.base)[mine], self.clusters[actor[mine]], rng)
                slices[f"from_{side}"] = Slice(rows=int(mine.sum()), p_like_delayed=part)
        p_like = {} if said is None else measured(truth, filled(said, rows.base), self.clusters[actor], rng)
        return System(
            what=WORDS[name],
            p_like=p_like,
            p_like_delayed=p_like,  # frozen at the moment: this takes the place of the delay
            lists=self._quality(rows, name) if self.lists and name in rows.scores else {},
            slices=slices,
        )

    def _quality(self, rows: _Rows, name: str) -> Figures:
        """NDCG@5 of each viewer's own later people, for likes and for mutual ones."""
        rng, scores, truth = self.course.chance(name), rows.scores[name], rows.truth
        viewers, hits, matches = [], [], []
        for places in rows.by_viewer(np.arange(len(truth))):
            order = places[best(scores[places], len(places), rng)]
            viewers.append(int(rows.split.future.actor[places[0]]))
            hits.append(truth[order] == 1)
            matches.append((truth[order] == 1) & rows.returned[order])
        over = Bootstrap(self.clusters[np.array(viewers, np.int64)], rng)
        return figures(
            ndcg_at_5=over.mean(ndcg_of_hits(_padded(hits), np.array([each.sum() for each in hits]), K)),
            mutual_ndcg_at_5=over.mean(ndcg_of_hits(_padded(matches), np.array([each.sum() for each in matches]), K)),
        )

    def _document(self, rows: _Rows, systems: dict[str, System], model: str) -> Document:
        future = rows.split.future
        return Document(
            data=facts(self.data),
            protocol=Protocol(
                split=self.split,
                lists_frozen_at=moment_text(self.moment) if self.lists else None,
                candidate_set="each viewer's own later people" if self.lists else "none: there are no lists",
                list_length=K if self.lists else 0,
                interval=self.interval,
                seed=self.course.seed,
            ),
            counts=Counts(
                past_decisions=len(rows.split.past),
                test_decisions=len(future),
                test_likes=int(rows.truth.sum()),
                lists=len(np.unique(future.actor)) if self.lists else 0,
                lists_with_mutual=len(np.unique(future.actor[(rows.truth == 1) & rows.returned])) if self.lists else 0,
            ),
            model=model,
            systems=systems,
            sources={},
            index={},
            reliability={
                name: plotted(rows.truth, filled(rows.said[name], rows.base))
                for name in WORDS
                if name in rows.said and name != "base_rate"
            },
            lorenz={},
            notes=self.course.notes,
            seconds=self.course.seconds,
        )


@dataclass(slots=True)
class _Rows:
    """The later decisions, what is said of them and how they are scored, filled fold by fold."""

    split: Split
    fold_of: NDArray[np.int64]
    said: dict[str, Doubles] = field(default_factory=dict)
    scores: dict[str, Doubles] = field(default_factory=dict)

    @property
    def base(self) -> float:
        """The share of likes before the moment."""
        return self.split.base_rate if len(self.split.past) else 0.5

    @property
    def truth(self) -> Doubles:
        """(m,) 1 for likes."""
        return labels(self.split.future)

    @property
    def returned(self) -> NDArray[np.bool_]:
        """(m,) whether the candidate likes the viewer, after the moment."""
        future, people = self.split.future, len(self.fold_of)
        liked = self.truth == 1
        back = future.target[liked] * people + future.actor[liked]
        return np.isin(future.actor * people + future.target, back)

    def of_fold(self, fold: int) -> NDArray[np.int64]:
        """Places of a fold's decisions."""
        return np.flatnonzero(self.fold_of[self.split.future.actor] == fold)

    def of_others(self, fold: int) -> NDArray[np.int64]:
        """Places of the other folds' decisions."""
        return np.flatnonzero(self.fold_of[self.split.future.actor] != fold)

    def by_viewer(self, places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """The places of one viewer after the other."""
        if len(places):
            actor = self.split.future.actor[places]
            order = np.argsort(actor, kind="stable")
            yield from np.split(places[order], np.flatnonzero(np.diff(actor[order])) + 1)

    def say(self, name: str, places: Keys, values: Doubles) -> None:
        """Keep probabilities."""
        self.said.setdefault(name, np.full(len(self.split.future), np.nan))[places] = values

    def score(self, name: str, places: Keys, values: Doubles) -> None:
        """Keep what lists are ordered by."""
        self.scores.setdefault(name, np.full(len(self.split.future), np.nan))[places] = values


_TOGETHER: dict[str, dict[str, Together]] = {
    "four_rates": {"four_rates": harmonic, "four_rates_product": product, "four_rates_one_sided": one_sided},
    "popularity": {"popularity": one_sided},
}


def _padded(rows: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """(n, longest) the rows, False where one is shorter."""
    table = np.zeros((len(rows), max(map(len, rows), default=0)), bool)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table
