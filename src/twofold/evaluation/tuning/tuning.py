"""Tuning the quotas: trained before the validation part, searched and judged on it, the test never looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twofold.domain.errors import Refused
from twofold.evaluation.data import Data
from twofold.evaluation.document import Figure
from twofold.evaluation.lists import make_lists, quality
from twofold.evaluation.product import Adjustable, AdjustableTrials, TrialPlan
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.facts import facts, moment_text
from twofold.evaluation.protocols.timed import model_of, product_lister
from twofold.evaluation.sources import sources_of
from twofold.evaluation.split import Split, validation_of
from twofold.evaluation.targets import Targets, targets_of
from twofold.evaluation.tuning.document import BALANCED, CONFIGURED, TUNED, Judged, Tuning
from twofold.evaluation.tuning.quotas import Quotas
from twofold.evaluation.tuning.search import search
from twofold.evaluation.tuning.worth import Metric, Worth

# Each half; more narrow the interval by little, and every quota costs a list for each.
MOST_VIEWERS = 300
FEWEST_VIEWERS = 20  # in both halves together; below it no gain can be told from noise

Named = Mapping[str, Quotas]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """One tuning.

    Args:
        split: of the evaluation; what is after its cut is not used.
        names: the sources in the order in which they fill up.
        presets: what to start from and to compare with, by name; ``balanced`` is among them.
        metric: what to look for.
        budget: at most so many quotas.
    """

    data: Data
    split: Split
    names: tuple[str, ...]
    presets: Mapping[str, Mapping[str, float]]
    metric: Metric
    budget: int
    candidates: int
    course: Course

    def run(self, trials: AdjustableTrials) -> Tuning:
        """Search, judge, and what each source is worth.

        Raises:
            Refused: there is too little to tell anything.
        """
        validation = validation_of(self.split)
        with trials(TrialPlan(cut=validation.cut, seed=self.course.seed)) as product:
            with self.course.part("whom to find"):
                searched, judged = self._viewers(validation, product)
            named = {name: Quotas.of(self.names, shares) for name, shares in self.presets.items()}
            named["equal"] = Quotas.equal(self.names)
            worth = self._searched(product, searched, named)
            named = {TUNED: next(iter(worth)), **named}
            quotas = self._judged(product, judged, named, worth)
            with self.course.part("sources") as done:
                every = {**named[TUNED].shares, **{name: 0.0 for name in self.names if name not in named[TUNED].shares}}
                sources = sources_of(product.with_shares(every), judged, self.course.chance("sources"), done)
            self.course.note(*product.notes)
            return Tuning(
                data=facts(self.data),
                metric=self.metric,
                train_until=moment_text(validation.cut),
                validate_until=moment_text(self.split.cut),
                candidates=self.candidates,
                seed=self.course.seed,
                viewers_searched=len(searched),
                viewers_judged=len(judged),
                tried=len(worth),
                quotas=quotas,
                better=is_better(quotas),
                sources=sources,
                model=model_of(product),
                notes=self.course.notes,
                seconds=self.course.seconds,
            )

    def _viewers(self, validation: Split, product: Adjustable) -> tuple[Targets, Targets]:
        """Two halves: the best of many is the luckiest too, and only viewers it was not chosen by can tell."""
        there = self.data.there_from < validation.cut
        targets = targets_of(validation, self.data.people, product.eligible, there, self.course.chance("viewers"))
        if len(targets) < FEWEST_VIEWERS:
            raise Refused(
                "too_little",
                f"tuning needs {FEWEST_VIEWERS} people who liked somebody new in the validation part; there are "
                f"{len(targets)}",
            )
        half = min((len(targets) + 1) // 2, MOST_VIEWERS)
        return targets.first(half), targets.part(half, 2 * half)

    def _searched(self, product: Adjustable, targets: Targets, named: Named) -> dict[Quotas, float]:
        with self.course.part("whom sources bring") as done:
            found = []
            for viewer in targets.viewers.tolist():
                found.append(product.found(viewer))
                done(len(found) / len(targets))

        def objective(quotas: Quotas) -> float:
            return Worth.of_found(found, targets, quotas.shares).value(self.metric)

        with self.course.part("search") as done:
            return search(list(dict.fromkeys(named.values())), objective, self.budget, done)

    def _judged(
        self, product: Adjustable, targets: Targets, named: Named, worth: Mapping[Quotas, float]
    ) -> dict[str, Judged]:
        """The product's own lists by each, end to end, for viewers of whom the search knew nothing."""
        found: dict[str, Judged] = {}
        tuned: Worth | None = None
        with self.course.part("lists") as done:
            for name, quotas in named.items():
                shown = make_lists(product_lister(product.with_shares(quotas.shares)), targets)
                mine = Worth.of(shown)
                gain = tuned.better_than(mine, self.metric, self.course.chance("gain")) if tuned else None
                tuned = tuned or mine
                found[name] = Judged(
                    shares=quotas.shares,
                    chosen_on=worth[quotas],
                    lists=quality(shown, self.course.chance("quality")),
                    gain=None if gain is None else Figure(gain.value, gain.low, gain.high),
                )
                done(len(found) / len(named))
        return found


def is_better(quotas: Mapping[str, Judged]) -> bool:
    """Whether the tuned quotas are surely better than the default, and than what is configured."""
    compared = [quotas[name].gain for name in (BALANCED, CONFIGURED) if name in quotas]
    return all(gain is not None and gain.low > 0 for gain in compared)
