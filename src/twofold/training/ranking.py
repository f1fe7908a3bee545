"""The second stage: rows as of their own moments, calibrated and measured on later ones, fitted on all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS, FeatureVersion
from twofold.models.artifact import Array
from twofold.models.calibrated import Calibrated
from twofold.models.calibration import Calibration
from twofold.models.lore import Lore
from twofold.models.spread import Spread, spreads_of
from twofold.models.vectors import Vectors
from twofold.pipeline.stages import Ranker
from twofold.population.population import Population
from twofold.training.calibrate import fit_calibration
from twofold.training.course import Course
from twofold.training.decisions import CALIBRATE_FROM, HOLD_OUT_FROM, Decisions
from twofold.training.early import Early
from twofold.training.fitting import Examples, Parameters, fit, golden, measure
from twofold.training.material import Material
from twofold.training.recipe import Recipe
from twofold.training.rows import Rows, rows_of
from twofold.training.shift import level_shift, shifts

# The latest rows are the most like tomorrow; more of them move few coefficients no further.
MOST_RANKER_ROWS = 100_000
# With fewer rows on either side of the split the coefficients, or the figures about them, are chance.
FEWEST_ROWS = 100
# With so many rows of two strangers these speak for themselves.
ENOUGH_STRANGERS = 0.01
MOST_STRANGERS = 10_000


@dataclass(frozen=True, slots=True)
class Ranking:
    """A fitted second stage.

    Args:
        parameters: of the ranker.
        there, back: calibrations of P(viewer likes candidate) and P(candidate likes viewer).
        features: what it reads.
        metrics: figures on later rows than those it was measured by.
        spreads: of each feature over all rows.
        golden: arrays that the artifact keeps, to tell damage by.
        before: gives a ranker of the decisions before a moment alone; None where these are too few.
    """

    parameters: Parameters
    there: Calibration
    back: Calibration
    features: FeatureVersion
    metrics: dict[str, float]
    spreads: Mapping[str, Spread]
    golden: dict[str, Array]
    before: Callable[[int], Ranker | None]


class NotEnough(Exception):
    """The data does not allow a ranking model; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Features of rows with some vectors."""

    population: Population
    version: FeatureVersion
    vectors: Vectors | None
    lore: Lore

    def features(self, rows: Rows, brought: bool = True) -> Floats:
        """(n, d) of the decisions, each as of its own moment."""
        service = FeatureService(self.population, self.vectors, lore=self.lore)
        decisions = rows.decisions
        known: Mapping[str, Floats] | None = rows.brought if brought else None
        return service.values(decisions.actor, decisions.target, rows.as_of, self.version.name, known)

    def examples(self, rows: Rows) -> Examples:
        """The features and what was decided."""
        return Examples(self.features(rows), rows.decisions.label)

    def of_strangers(self, rows: Rows) -> Floats:
        """(n, d) as if nobody had ever done anything, and nothing but the profiles were known."""
        return Reader(self.population.blank(), self.version, None, self.lore).features(rows, brought=False)


def fit_ranking(
    run: Course,
    recipe: Recipe,
    material: Material,
    early: tuple[Early, Lore],
    served: tuple[Vectors, Lore],
) -> Ranking:
    """Fit the second stage with the early vectors, calibrate it, and set its level for the served ones.

    ::

        ranker rows in the order of time
        |------ fitted ------|-- calibrated --|-- measured --|      then fitted anew on all of them

    The served vectors have seen the decisions that the ranker learns from, so neither a coefficient nor a calibration
    may be fitted with them. What differs between the two fits is measured on people who were paired by chance
    (`shift`), and the mean log-odds there is brought back to what it was.

    Where hardly any row is of two people without a past, some are learnt from once more as if they had none, so that
    what is said of strangers is learnt and not a guess (`_with_strangers`).

    Args:
        early, served: what the rows are read with, and what serves: the fit, and what was counted by label.

    Raises:
        NotEnough: there are too few decisions, or too few or only one kind of them on a side of the split.
    """
    population, version = material.population, VERSIONS[recipe.features]
    rows = ranker_rows(recipe, material, early[0])
    reader = Reader(population, version, early[0].vectors, early[1])
    run.stage("features")
    examples = reader.examples(rows)
    later, last = (_place(recipe, rows.decisions, share) for share in (CALIBRATE_FROM, HOLD_OUT_FROM))
    parts = [slice(0, later), slice(later, last), slice(last, len(rows))]
    fitted, held, measured = (examples.take(part) for part in parts)
    run.rows |= {"ranker_rows": len(rows), "fitted": len(fitted), "calibrated": len(held), "hold_out": len(measured)}
    run.rows["of_lists_shown"] = rows.shown
    _check(fitted, held, measured)
    run.stage("ranking")
    first = fit(recipe, _with_strangers(run, reader, rows.take(parts[0]), fitted), held, version.names)
    ranker = first.ranker("measured", version.name)
    there, back = _calibrations(run, reader, ranker, rows.take(parts[1]), held)
    metrics = measure(Calibrated(ranker, there), fitted, measured)
    metrics |= {"isotonic": float(there.kind == "isotonic"), "slope": there.slope}
    last_fit = fit(recipe, _with_strangers(run, reader, rows, examples), held, version.names, like=first)
    spreads, kept = spreads_of(version.names, examples.features), golden(last_fit, version.name, examples, run.seed)

    def before(moment: int) -> Ranker | None:
        known = examples.take(slice(0, int(np.searchsorted(rows.decisions.at, moment))))
        if len(known) < FEWEST_ROWS or not known.both_classes:
            return None
        return fit(recipe, known, held, version.names, like=first).ranker("before", version.name)

    ranking = Ranking(last_fit, there, back, version, metrics, spreads, kept, before)
    return _levelled(run, reader, Reader(population, version, *served), ranking, rows)


def ranker_rows(recipe: Recipe, material: Material, early: Early) -> Rows:
    """What the second stage learns from: the decisions after the early part, the latest when they are many.

    Raises:
        NotEnough: there are too few, or all have one time.
    """
    chosen = _chosen(recipe, material.decisions, early)
    return rows_of(chosen, material.shown, recipe.delay, recipe.frozen_at)


def _chosen(recipe: Recipe, decisions: Decisions, early: Early) -> Decisions:
    if len(decisions) < recipe.least_decisions:
        missing = recipe.least_decisions - len(decisions)
        raise NotEnough(
            f"it takes {recipe.least_decisions:,} decisions and there are {len(decisions):,}: {missing:,} more"
        )
    if early.cut is None:
        raise NotEnough(
            "all decisions have one time, so earlier and later cannot be told apart: give events their times"
        )
    chosen = decisions.since(early.cut)
    if recipe.frozen_at is not None and len(chosen) and chosen.at[0] == chosen.at[-1]:
        # Of one moment, and all features are frozen: in any order none of them is later than another.
        chosen = chosen.take(np.random.default_rng(recipe.seed).permutation(len(chosen)))
    return chosen.take(slice(max(0, len(chosen) - MOST_RANKER_ROWS), len(chosen)))


def _place(recipe: Recipe, chosen: Decisions, share: float) -> int:
    """How many rows come before the moment that splits them; of frozen rows of one moment simply the share."""
    cut = chosen.cut(share)
    if cut is None:
        return len(chosen) if recipe.frozen_at is None else int(len(chosen) * share)
    return int(np.searchsorted(chosen.at, cut))


def _calibrations(
    run: Course, reader: Reader, ranker: Ranker, rows: Rows, held: Examples
) -> tuple[Calibration, Calibration]:
    """Of both directions: from the other side nobody knows which source would have brought the viewer."""
    labels, rng = held.labels.astype(np.float64), np.random.default_rng(run.seed)
    there = fit_calibration(ranker.predict(held.features), labels, rng)
    if rows.brought is None:
        return there, there
    blind = reader.features(rows, brought=False)
    return there, fit_calibration(ranker.predict(blind), labels, np.random.default_rng(run.seed))


def _levelled(run: Course, learnt: Reader, served: Reader, ranking: Ranking, rows: Rows) -> Ranking:
    """The ranking with its level set for the served vectors, and how far these differ told among its figures."""
    pairs = _by_chance(rows, np.random.default_rng(run.seed))
    before, after = (reader.features(pairs, brought=False) for reader in (learnt, served))
    ranker = ranking.parameters.ranker("levelled", served.version.name)
    shift = level_shift(ranker, ranking.there, before, after)
    metrics = {**ranking.metrics, **shifts(served.version.names, before, after), "level_shift": shift}
    there, back = (each.shifted(shift) for each in (ranking.there, ranking.back))
    return replace(ranking, there=there, back=back, metrics=metrics)


def _with_strangers(run: Course, reader: Reader, rows: Rows, examples: Examples) -> Examples:
    """The examples, and some of them once more without anybody's past, where hardly any is of two strangers."""
    decisions, population = rows.decisions, reader.population
    known = population.given.counters(decisions.actor, rows.as_of).decisions
    known = known + population.received.counters(decisions.target, rows.as_of).decisions
    if (known == 0).mean() >= ENOUGH_STRANGERS:
        return examples
    some = np.sort(np.random.default_rng(run.seed).permutation(len(rows))[:MOST_STRANGERS])
    strangers = reader.of_strangers(rows.take(some))
    return Examples(
        np.concatenate([examples.features, strangers]), np.concatenate([examples.labels, examples.labels[some]])
    )


def _by_chance(rows: Rows, rng: np.random.Generator, most: int = 5_000) -> Rows:
    """People who decided and people who were decided about, paired by chance: pairs that no fit has seen."""
    decisions = rows.decisions
    some = rng.integers(len(decisions), size=min(most, len(decisions)))
    others = decisions.target[rng.permutation(some)]
    apart = decisions.actor[some] != others
    pairs = decisions.take(some[apart])
    paired = Decisions(pairs.actor, others[apart], pairs.label, pairs.weight, pairs.at)
    latest = int(rows.as_of.moments.max())
    return Rows(paired, AsOf(np.full(len(paired), latest, np.int64)))


def _check(*parts: Examples) -> None:
    sizes = [len(part) for part in parts]
    if min(sizes) < FEWEST_ROWS:
        raise NotEnough(
            f"split by time there are {sizes[0]:,} rows to fit, {sizes[1]:,} later ones to calibrate and {sizes[2]:,} "
            f"to measure, and it takes {FEWEST_ROWS} of each: wait for more decisions at different times"
        )
    if not all(part.both_classes for part in parts):
        raise NotEnough(
            "it takes likes and dislikes (or passes) in the rows to fit, in the later ones to calibrate and in those "
            "to measure: record what people decline too"
        )
