"""A contest of two models: both are asked about the same later decisions and make the same lists; the rule judges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.evaluation.data import Data
from twofold.evaluation.lists import make_lists, mutual_ndcg, shown_counts
from twofold.evaluation.product import ProductUnderTest, TrialPlan, Trials
from twofold.evaluation.promotion import Mask, Measured, Verdict, judge
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.timed import DELAY, product_lister
from twofold.evaluation.slices import COLD
from twofold.evaluation.split import Split, before_each, labels
from twofold.evaluation.targets import Targets, targets_of

# A list takes milliseconds, tens of them in a large population: two sides take minutes at most.
MOST_LISTS = 1_000
# More decisions tell no gain that matters from none any better.
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Contest:
    """Two models on the same later decisions and lists; equal data and seed give an equal verdict.

    Args:
        data: the log.
        split: they may know its past, and are measured on its future.
        course: gives the seed, and is told where it is.
    """

    data: Data
    split: Split
    course: Course

    def verdict(self, champion: Trials, challenger: Trials) -> Verdict:
        """Measure one after the other, and judge.

        Raises:
            Refused: code ``too_little``, one of the two has no ranking model of the past; ``not_comparable``, a
                component failed while lists were made.
        """
        plan, rows = TrialPlan(cut=self.split.cut, seed=self.course.seed), self._rows()
        with champion(plan) as product:
            _check(product, "champion")
            targets = self._targets(product)
            before = self._measured(product, "champion", rows, targets)
        with challenger(plan) as product:
            _check(product, "challenger")
            after = self._measured(product, "challenger", rows, targets)
        self.course.report("judge", 0.0)
        return judge(before, after, self.course.chance("verdict"))

    def _rows(self) -> EventColumns:
        """The future's decisions in time order; of very many a sample."""
        future = self.split.future
        if len(future) <= MOST_ROWS:
            return future
        return future.take(np.sort(self.course.chance("rows").permutation(len(future))[:MOST_ROWS]))

    def _targets(self, product: ProductUnderTest) -> Targets:
        with self.course.part("whom to find"):
            there, chance = self.data.there_from < self.split.cut, self.course.chance("viewers")
            return targets_of(self.split, self.data.people, product.eligible, there, chance, MOST_LISTS)

    def _measured(self, product: ProductUnderTest, side: str, rows: EventColumns, targets: Targets) -> Measured:
        with self.course.part(f"probabilities of the {side}"):
            said = product.predict(rows.actor, rows.target, rows.at - DELAY)
        with self.course.part(f"lists of the {side}") as done:
            shown = make_lists(product_lister(product), targets, done=done)
        if product.degraded:
            raise Refused(
                "not_comparable",
                f"a component failed in {product.degraded} of the {side}'s {len(targets)} lists, so they do not show "
                "what it can do",
            )
        return Measured(
            labels=labels(rows),
            probabilities=said,
            viewers=rows.actor,
            cold=self._cold(rows),
            list_viewers=targets.viewers,
            mutual_ndcg=mutual_ndcg(shown),
            exposure=shown_counts(shown),
        )

    def _cold(self, rows: EventColumns) -> Mask:
        """(m,) whether one of the two was hardly known before the decision."""
        mine, theirs = (before_each(self.data.events, each, rows.at) for each in (rows.actor, rows.target))
        return np.minimum(mine, theirs) <= COLD


def _check(product: ProductUnderTest, side: str) -> None:
    if not product.ranks:
        why = "; ".join(product.notes) or "no ranking model was made"
        raise Refused("too_little", f"the {side} cannot be measured on what is stored before the test: {why}")
