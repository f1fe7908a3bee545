"""Every registered component keeps its stage's contract, every component there is is registered, and a new one needs
nothing but its class: a throw-away component of each stage goes the same way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import twofold.filters
import twofold.policies
import twofold.rankers
import twofold.sources
from twofold.bootstrap import BUILTINS
from twofold.domain.candidate import Candidates, Codes, Doubles, Floats, Keys
from twofold.features.spec import VERSIONS
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool, Slate, best_first
from twofold.pipeline.stages import Filter, Policy, Ranker, Source
from twofold.population.population import Population
from twofold.rankers.gbdt import GbdtParameters
from twofold.rankers.logistic import LogisticParameters
from twofold.testing.contracts.discovery import build, components_in, stage_of
from twofold.testing.contracts.filters import FilterContract
from twofold.testing.contracts.policies import PolicyContract
from twofold.testing.contracts.rankers import RankerContract
from twofold.testing.contracts.sources import SourceContract
from twofold.testing.contracts.town import crowd
from twofold.training.fitting import Examples
from twofold.training.trees import fit_trees


class ByIdSource:
    """Brings people in the order in which they came."""

    name = "by_id"

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        return Candidates.ranked(eligible[:limit], np.ones(min(limit, len(eligible))))

    def reasons(self, query: Query, keys: Keys) -> list[str | None]:
        return [None] * len(keys)


class EvenFilter:
    """Keeps people with an even key."""

    name = "even"
    safety = False

    def judge(self, query: Query, keys: Keys) -> Codes:
        return np.where(keys % 2 == 0, 0, 9).astype(np.uint8)


class ActivityRanker:
    """Orders by one feature."""

    version, feature_version, calibrated = "activity", "h1", False

    def predict(self, features: Floats) -> Doubles:
        return np.asarray(np.nan_to_num(features[:, 2].astype(np.float64)))

    def contributions(self, features: Floats) -> Doubles:
        moved = np.zeros(features.shape)
        moved[:, 2] = self.predict(features)
        return moved


class PlainPolicy:
    """The order of scores."""

    name = "plain"

    def arrange(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        return Slate(best_first(scores), np.full(len(pool), np.nan))


THROW_AWAY: tuple[type[Any], ...] = (ByIdSource, EvenFilter, ActivityRanker, PlainPolicy)


def of_stage(stage: str) -> list[type[Any]]:
    """The registered classes of a stage, and the throw-away one."""
    return [each for each in (*BUILTINS, *THROW_AWAY) if stage_of(each) == stage]


def logistic_parameters() -> LogisticParameters:
    """Parameters for the features v1, all different."""
    names = VERSIONS["v1"].names
    steps = tuple(0.1 * (place - 4) for place in range(len(names)))
    return LogisticParameters(names, tuple(1.0 + step for step in steps), (3.0,) * len(names), steps, -0.5)


def fitted_trees() -> GbdtParameters:
    """Trees on the features v1, of which some are unknown here and there."""
    names = VERSIONS["v1"].names
    rng = np.random.default_rng(0)
    rows = rng.gamma(1.0, 3.0, (600, len(names))).astype(np.float32)
    rows[::5, 0] = np.nan
    examples = Examples(rows, (rows[:, 1] * rows[:, 2] > rng.gamma(2.0, 4.0, 600)).astype(np.int8))
    return fit_trees(examples, names, examples, seed=0)


class TestSources(SourceContract):
    """Every source, with and without a model."""

    @pytest.fixture(params=of_stage("source"))
    def kind(self, request: pytest.FixtureRequest) -> type[Any]:
        kind: type[Any] = request.param
        return kind

    @pytest.fixture(params=["trained", "untrained"])
    def source(self, request: pytest.FixtureRequest, kind: type[Any], town: Population, model: LoadedModel) -> Source:
        parts = {"population": town, "model": model if request.param == "trained" else None}
        source: Source = build(kind, parts)
        return source


class TestFilters(FilterContract):
    """Every filter."""

    @pytest.fixture(params=of_stage("filter"))
    def filter_(self, request: pytest.FixtureRequest, town: Population) -> Filter:
        judge: Filter = build(request.param, {"population": town, "minimum_age": 30})
        return judge


class TestRankers(RankerContract):
    """Every ranker."""

    @pytest.fixture(params=of_stage("ranker"))
    def ranker(self, request: pytest.FixtureRequest) -> Ranker:
        fitted = {"parameters": logistic_parameters(), "trees": fitted_trees()}
        parts = {"version": "m0001", "feature_version": "v1", **fitted}
        ranker: Ranker = build(request.param, parts)
        return ranker


class TestPolicies(PolicyContract):
    """Every policy."""

    @pytest.fixture(params=of_stage("policy"))
    def policy(self, request: pytest.FixtureRequest) -> Policy:
        policy: Policy = build(request.param, {"population": crowd()})
        return policy


@pytest.mark.parametrize("room", [twofold.sources, twofold.filters, twofold.rankers, twofold.policies])
def test_every_component_is_registered(room: Any) -> None:
    found = components_in(room)
    assert found
    assert set(found) <= set(BUILTINS)


def test_every_stage_has_a_component_and_every_registered_class_a_stage() -> None:
    assert {stage_of(each) for each in BUILTINS} == {"source", "filter", "ranker", "policy"}


def test_names_are_not_used_twice() -> None:
    names = [each.name for each in BUILTINS if hasattr(each, "name")]
    assert len(names) == len(set(names))
