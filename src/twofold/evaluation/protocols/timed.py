"""Data with times: trained on the past, measured on the future, lists frozen at the cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.time import MICROS_PER_DAY
from twofold.evaluation.baselines.catalog import baselines_of
from twofold.evaluation.baselines.chance import BaseRate
from twofold.evaluation.baselines.contract import Moments, Past
from twofold.evaluation.baselines.rates import FourRates
from twofold.evaluation.data import Data, decisions_of
from twofold.evaluation.document import Counts, Document, Protocol
from twofold.evaluation.lists import CAP, K, Lister, lister_of, make_lists
from twofold.evaluation.probabilities import filled
from twofold.evaluation.product import ProductUnderTest, TrialPlan, Trials
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.entries import Entries, Entry, Measure, curves, joined, reliabilities
from twofold.evaluation.protocols.facts import facts, moment_text
from twofold.evaluation.slices import Said
from twofold.evaluation.sources import index_of, sources_of
from twofold.evaluation.split import Split, labels
from twofold.evaluation.targets import Targets, targets_of

DELAY_DAYS = 1  # features in production are never of this very moment
DELAY = DELAY_DAYS * MICROS_PER_DAY
PRODUCT = "twofold"
OVER_EVERYONE = "twofold_ranking_everyone"
# Viewers times people that the ranker is asked about, in both directions: about a minute.
MOST_RANKED = 4_000_000
FEWEST_RANKED = 20
INTERVAL = "95 %, bootstrap over viewers, 1,000 resamples (fewer on many rows); exposure: jackknife over 20 groups"
EVERYONE = "everyone eligible at the cut, decided ones removed; no sampled negatives"

Predict = Callable[[Keys, Keys, Moments], Doubles]


@dataclass(frozen=True, slots=True)
class Timed:
    """One evaluation of data with times.

    Args:
        split: for P(like).
        list_split: for lists; the same unless the data set's reference figures were made at another cut.
    """

    data: Data
    split: Split
    list_split: Split
    course: Course

    def run(self, trials: Trials) -> Document:
        """Everything, as a document."""
        plan = TrialPlan(cut=self.split.cut, seed=self.course.seed)
        with trials(plan) as product:
            said = self._said(product)
            if self.list_split.cut == self.split.cut:
                return self._document(said, product)
        with trials(replace(plan, cut=self.list_split.cut)) as product:
            return self._document(said, product)

    def _document(self, said: Entries, product: ProductUnderTest) -> Document:
        with self.course.part("whom to find"):
            targets = self._targets(product)
        entries = joined(said, self._shown(targets, product) if len(targets) else {})
        with self.course.part("sources") as done:
            sources = sources_of(product, targets, self.course.chance("sources"), done)
        with self.course.part("figures"):
            judge = self._rates(self.list_split, DELAY)
            systems = Measure(self.data, self.split, self.list_split, judge, self.course).systems(entries)
        self.course.note(*product.notes)
        return Document(
            data=facts(self.data),
            protocol=self._protocol(),
            counts=self._counts(targets, product.degraded),
            model=model_of(product),
            systems=systems,
            sources=sources,
            index=index_of(product, targets, self.course.chance("index")),
            reliability=reliabilities(labels(self.split.future), entries),
            lorenz=curves(entries),
            notes=self.course.notes,
            seconds=self.course.seconds,
        )

    def _said(self, product: ProductUnderTest) -> Entries:
        """What each system that gives probabilities says of the future's decisions."""
        said: Entries = {}
        with self.course.part("probabilities"):
            if product.ranks:
                said[PRODUCT] = Entry("the product", self._asked(product.predict, product.predict))
            else:
                self.course.note("P(like) of the product is not measured: there is no ranking model of the past")
            base, now, late = BaseRate(self.split.base_rate), self._rates(self.split, 0), self._rates(self.split, DELAY)
            said[base.name] = Entry(base.what, self._asked(base.predict, base.predict))
            said[now.name] = Entry(now.what, self._asked(now.predict, late.predict))
        if not 0 < labels(self.split.future).sum() < len(self.split.future):
            self.course.note("the later decisions are all of one kind, so there is no AUC and P(like) is hardly tested")
        return said

    def _asked(self, now: Predict, late: Predict) -> Said:
        future, base = self.split.future, self.split.base_rate
        return Said(
            filled(now(future.actor, future.target, future.at), base),
            filled(late(future.actor, future.target, future.at - DELAY), base),
        )

    def _rates(self, split: Split, delay: int) -> FourRates:
        """The four-rates model of a split's past, learnt with features so much older than each decision."""
        rates = FourRates(decisions_of(self.data.events), split.base_rate)
        return rates.fit(split.past, split.past.at - delay, int(split.cut))

    def _targets(self, product: ProductUnderTest) -> Targets:
        there = self.data.there_from < self.list_split.cut
        targets = targets_of(self.list_split, self.data.people, product.eligible, there, self.course.chance("viewers"))
        if not len(targets):
            self.course.note("there are no lists to measure: nobody who was there at the cut liked somebody new later")
        return targets

    def _shown(self, targets: Targets, product: ProductUnderTest) -> Entries:
        """The lists of every system."""
        shown: Entries = {}
        with self.course.part("lists of the product") as done:
            lister = product_lister(product)
            free = make_lists(lister, targets, done=lambda share: done(share / 2))
            by_cap = capped_lister(product, len(targets))
            capped = make_lists(by_cap, targets, cap=CAP, done=lambda share: done(0.5 + share / 2))
            shown[PRODUCT] = Entry("the product, end to end", free=free, capped=capped)
        if product.ranks:
            with self.course.part("ranking everyone") as done:
                few = targets.first(max(MOST_RANKED // max(self.data.people, 1), FEWEST_RANKED))
                ranked = make_lists(lambda viewer, keys, _, k: product.rank_all(viewer, keys, k), few, done=done)
            shown[OVER_EVERYONE] = Entry("its ranker over all eligible people", free=ranked)
        return {**shown, **self._shown_by_baselines(targets)}

    def _shown_by_baselines(self, targets: Targets) -> Entries:
        shown: Entries = {}
        past = Past(self.list_split.past, self.data.people, self.list_split.cut)
        with self.course.part("lists of the baselines") as done:
            baselines = baselines_of(past, self.list_split.validate_from, self.course.seed)
            for number, each in enumerate([*baselines, self._rates(self.list_split, DELAY)]):
                by = lister_of(each, self.course.chance(each.name))
                shown[each.name] = Entry(
                    each.what, free=make_lists(by, targets), capped=make_lists(by, targets, cap=CAP)
                )
                done((number + 1) / (len(baselines) + 1))
        return shown

    def _protocol(self) -> Protocol:
        future = self.split.future
        return Protocol(
            split="by time: 70 % to learn, 10 % to choose (then learnt too), 20 % to test",
            train_until=moment_text(self.split.validate_from),
            validate_until=moment_text(self.split.cut),
            lists_frozen_at=moment_text(self.list_split.cut),
            test_until=moment_text(int(future.at[-1])),
            delay_days=DELAY_DAYS,
            candidates=self.course.candidates,
            candidate_set=EVERYONE,
            list_length=K,
            cap=CAP,
            interval=INTERVAL,
            seed=self.course.seed,
        )

    def _counts(self, targets: Targets, degraded: int) -> Counts:
        seen = np.zeros(self.data.people, bool)
        seen[self.split.past.actor] = seen[self.split.past.target] = True
        future = self.split.future
        return Counts(
            past_decisions=len(self.split.past),
            test_decisions=len(future),
            test_likes=int(labels(future).sum()),
            unseen_decisions=int((~(seen[future.actor] & seen[future.target])).sum()),
            lists=len(targets),
            lists_with_mutual=sum(len(each) > 0 for each in targets.mutual),
            relevant_pairs=sum(map(len, targets.relevant)),
            shown_to_could_be=len(targets.could_be_shown),
            degraded_lists=degraded,
            left_out=targets.left_out,
        )


def product_lister(product: ProductUnderTest) -> Lister:
    """The product's own lists."""
    return lambda viewer, allowed, fewer, k: product.list_for(viewer, k, allowed if fewer else None)


def capped_lister(product: ProductUnderTest, lists: int) -> Lister:
    """The product's own lists under its own cap, as so many are made one after the other."""
    made = itertools.count()
    return lambda viewer, _allowed, _fewer, k: product.capped_list(viewer, k, CAP, next(made) / lists)


def model_of(product: ProductUnderTest) -> str:
    """What the product could train of the past."""
    return "+".join(product.training.get("trained") or ()) or "heuristic"
