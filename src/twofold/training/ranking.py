"""The second stage: rows as of their own moments, split by time, measured on the later ones, fitted on all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from twofold.domain.model import RANKING_AFTER
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS, FeatureVersion
from twofold.models.vectors import Vectors
from twofold.population.population import Population
from twofold.rankers.logistic import LogisticParameters
from twofold.training.course import Course
from twofold.training.decisions import HOLD_OUT_FROM, Decisions
from twofold.training.early import Early
from twofold.training.ranker import Examples, calibration_slope, fit_ranker, intercept_shift, measure, scaled

FEATURES = "v1"
# The latest rows are the most like tomorrow; more of them move nine coefficients no further.
MOST_RANKER_ROWS = 500_000
# With fewer rows on either side of the split the coefficients, or the figures about them, are chance.
FEWEST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Ranking:
    """A fitted second stage."""

    parameters: LogisticParameters
    features: FeatureVersion
    metrics: dict[str, float]


class NotEnough(Exception):
    """The data does not allow a ranking model; the message says why and what to do."""


def fit_ranking(run: Course, population: Population, decisions: Decisions, early: Early, served: Vectors) -> Ranking:
    """Fit the second stage with the early vectors, and set its level for the served ones.

    Two things make its probabilities mean what they say. Where it was too sure on the later decisions, its coefficients
    are shrunk by one common slope (the slope of Platt's calibration, never above 1), which keeps the order. And since
    the served vectors have seen the decisions that the ranker learns from, no coefficient may be fitted with them, but
    they are longer grown, and a ranker used as it was fitted would say too much or too little for everybody: the
    intercept alone is moved until the latest decisions' mean probability is the share of likes among them (calibration
    in the large). That mends the level and cannot learn who is liked.

    Raises:
        NotEnough: there are too few decisions, or too few or only one kind of them on a side of the split.
    """
    if len(decisions) < RANKING_AFTER:
        missing = RANKING_AFTER - len(decisions)
        raise NotEnough(f"it takes {RANKING_AFTER:,} decisions and there are {len(decisions):,}: {missing:,} more")
    hold_out = decisions.cut(HOLD_OUT_FROM)
    if early.cut is None or hold_out is None:
        raise NotEnough(
            "all decisions have one time, so earlier and later cannot be told apart: give events their times"
        )
    run.stage("features")
    chosen = decisions.since(early.cut)
    chosen = chosen.take(slice(max(0, len(chosen) - MOST_RANKER_ROWS), len(chosen)))
    examples = examples_of(population, chosen, early.vectors)
    split = int(np.searchsorted(chosen.at, hold_out))
    fitted, held = examples.take(slice(0, split)), examples.take(slice(split, len(examples)))
    run.rows |= {"ranker_rows": len(examples), "fitted": len(fitted), "hold_out": len(held)}
    _check(fitted, held)
    run.stage("ranking")
    version = VERSIONS[FEATURES]
    measured = fit_ranker(fitted, version.names)
    metrics = measure(measured, version.name, fitted, held)
    metrics["slope"] = calibration_slope(measured, version.name, held)
    parameters = scaled(fit_ranker(examples, version.names), metrics["slope"])
    as_served = examples_of(population, chosen.take(slice(split, len(chosen))), served)
    shift = intercept_shift(parameters, version.name, as_served)
    return Ranking(replace(parameters, intercept=parameters.intercept + shift), version, metrics)


def examples_of(population: Population, chosen: Decisions, vectors: Vectors | None) -> Examples:
    """One row per decision: the features just before it, with some vectors, and what was decided."""
    service = FeatureService(population, vectors)
    return Examples(service.values(chosen.actor, chosen.target, chosen.at, FEATURES), chosen.label)


def _check(fitted: Examples, held: Examples) -> None:
    if min(len(fitted), len(held)) < FEWEST_ROWS:
        raise NotEnough(
            f"split by time there are {len(fitted):,} rows to fit and {len(held):,} later ones to measure, and it "
            f"takes {FEWEST_ROWS} of each: wait for more decisions at different times"
        )
    if not fitted.both_classes or not held.both_classes:
        raise NotEnough(
            "it takes likes and dislikes (or passes) both in the rows to fit and in the later ones to measure: "
            "record what people decline too"
        )
