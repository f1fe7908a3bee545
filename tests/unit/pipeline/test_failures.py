"""Each stage made to raise, to hang and to answer nonsense: what follows is what `pipeline.stages` declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest

from tests.unit.pipeline.fakes import (
    Broken,
    CodeFilter,
    Hang,
    KeyFeatures,
    KeyReading,
    ListSource,
    TableRanker,
    pipeline_of,
    raising,
)
from twofold.domain.candidate import Candidates, Keys
from twofold.domain.errors import Unavailable
from twofold.pipeline.engine import Outcome, Pipeline
from twofold.pipeline.guard import Guard
from twofold.pipeline.slate import Slate
from twofold.testing.contracts.town import query_of

# What hangs is given up after this; an honest fake answers in microseconds.
BUDGET_S = 0.5
GOOD = ListSource("good", range(10, 40))

Act = Callable[[], object]


@pytest.fixture(params=["raise", "hang"])
def act(request: pytest.FixtureRequest) -> Iterator[Act]:
    hang = Hang()
    yield raising if request.param == "raise" else hang
    hang.released.set()


def broken(act: Act, **fields: Any) -> Any:
    return cast(Any, Broken(act, **fields))


def kind_of(act: Act) -> str:
    return "ZeroDivisionError" if act is raising else "timeout"


def people(outcome: Outcome) -> list[int]:
    return [int(key) for key in outcome.ranked.pool.keys[list(outcome.rows)]]


def run(pipeline: Pipeline) -> Outcome:
    return pipeline.run(query_of(0, limit=5))


def test_a_source_is_dropped_and_named(act: Act) -> None:
    outcome = run(pipeline_of(broken(act), GOOD, budget_s=BUDGET_S))
    assert outcome.trace.failed == {"broken": kind_of(act)}
    assert outcome.trace.brought == {"broken": 0, "good": 30}
    assert people(outcome) == [39, 38, 37, 36, 35]
    assert not outcome.trace.degraded


def test_all_sources_failing_is_an_empty_list(act: Act) -> None:
    outcome = run(pipeline_of(broken(act), budget_s=BUDGET_S))
    assert outcome.rows == ()
    assert outcome.trace.failed == {"broken": kind_of(act)}


def test_a_safety_filter_fails_the_request(act: Act) -> None:
    with pytest.raises(Unavailable, match="broken"):
        run(pipeline_of(GOOD, filters=[broken(act)], budget_s=BUDGET_S))


def test_of_another_filter_nobody_it_should_judge_is_kept(act: Act) -> None:
    filters = [CodeFilter({}), broken(act, safety=False)]
    outcome = run(pipeline_of(GOOD, filters=filters, budget_s=BUDGET_S))
    assert outcome.rows == ()
    assert outcome.trace.failed == {"broken": kind_of(act)}
    assert outcome.trace.degraded
    assert sum(outcome.trace.removed.values()) == 300


def test_a_safety_filter_that_fails_at_the_last_check_fails_the_request(act: Act) -> None:
    class Later(CodeFilter):
        calls = 0

        def judge(self, query: Any, keys: Any) -> Any:
            self.calls += 1
            return act() if self.calls > 1 else super().judge(query, keys)

    with pytest.raises(Unavailable):
        run(pipeline_of(GOOD, filters=[Later({})], budget_s=BUDGET_S))


def test_somebody_who_became_unsafe_meanwhile_is_replaced_from_the_reserve() -> None:
    class Later(CodeFilter):
        calls = 0

        def judge(self, query: Any, keys: Any) -> Any:
            self.calls += 1
            return super().judge(query, keys) * (self.calls > 1)

    assert people(run(pipeline_of(GOOD, filters=[Later({38: 2})]))) == [39, 37, 36, 35, 34]


@pytest.mark.parametrize("stage", ["ranker", "features"])
def test_without_ranker_or_features_the_fallback_orders(act: Act, stage: str) -> None:
    fallback = TableRanker({10: 99.0}, version="fallback", calibrated=False)
    pipeline = pipeline_of(GOOD, fallback=fallback, budget_s=BUDGET_S)
    if stage == "ranker":
        pipeline = replace(pipeline, ranker=broken(act))
    else:
        pipeline = replace(pipeline, features=FailingFor("key", act), fallback=replace(fallback, feature_version="h1"))
    outcome = run(pipeline)
    assert outcome.trace.failed == {"ranker": kind_of(act)}
    assert outcome.trace.degraded
    assert outcome.ranked.ranker.version == "fallback"
    assert people(outcome) == [10, 39, 38, 37, 36]


class FailingFor(KeyFeatures):
    """Features of one version cannot be had."""

    def __init__(self, version: str, act: Act) -> None:
        self.version, self.act = version, act

    def read(self, viewer: int, candidates: Keys, as_of: Any, brought: Any = None) -> KeyReading:
        return FailingReading(candidates, failing=self)


@dataclass(frozen=True)
class FailingReading(KeyReading):
    """Pairs of which one version's features cannot be had."""

    failing: FailingFor = field(kw_only=True)

    def values(self, version: str) -> Any:
        return self.failing.act() if version == self.failing.version else super().values(version)


def test_without_any_ranker_the_pools_order_remains(act: Act) -> None:
    outcome = run(pipeline_of(GOOD, ranker=broken(act), fallback=broken(act), budget_s=BUDGET_S))
    assert outcome.trace.failed == {"ranker": kind_of(act), "fallback": kind_of(act)}
    assert outcome.trace.degraded
    assert people(outcome) == [10, 11, 12, 13, 14]
    assert np.isnan(outcome.ranked.scores).all()


def test_without_a_policy_the_order_of_scores_is_used(act: Act) -> None:
    outcome = run(pipeline_of(GOOD, policy=broken(act), budget_s=BUDGET_S))
    assert outcome.trace.failed == {"policy": kind_of(act)}
    assert outcome.trace.degraded
    assert people(outcome) == [39, 38, 37, 36, 35]
    assert np.isnan(outcome.propensities).all()


def test_notes_that_fail_cost_the_notes_alone(act: Act) -> None:
    class Talkative(ListSource):
        def notes(self, query: Any, eligible: Any) -> Any:
            return act()

    outcome = run(pipeline_of(Talkative("talkative", range(10)), budget_s=BUDGET_S))
    assert outcome.trace.failed == {"talkative": kind_of(act)}
    assert len(outcome.rows) == 5


def answer(value: object) -> Act:
    return lambda: value


NONSENSE = [
    None,
    np.zeros(3, np.uint8),
    np.zeros(300, np.int64),
    np.full(300, 200, np.uint8),
    np.zeros((300, 1), np.uint8),
    [0] * 300,
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_safety_filters_nonsense_is_no_judgement(nonsense: object) -> None:
    with pytest.raises(Unavailable):
        run(pipeline_of(GOOD, filters=[broken(answer(nonsense))]))


@pytest.mark.parametrize("nonsense", [None, [1, 2], "people", np.arange(3)])
def test_a_sources_nonsense_drops_it(nonsense: object) -> None:
    outcome = run(pipeline_of(broken(answer(nonsense)), GOOD))
    assert set(outcome.trace.failed) == {"broken"}
    assert len(outcome.rows) == 5


@pytest.mark.parametrize("nonsense", [None, np.zeros(3), np.zeros((30, 2)), "scores"])
def test_a_rankers_nonsense_means_the_fallback(nonsense: object) -> None:
    outcome = run(pipeline_of(GOOD, ranker=broken(answer(nonsense))))
    assert set(outcome.trace.failed) == {"ranker"}
    assert people(outcome) == [39, 38, 37, 36, 35]


@pytest.mark.parametrize(
    "order", [[0] * 30, list(range(29)), list(range(31)), list(range(1, 31)), [-1, *range(29)], []]
)
def test_a_policy_that_loses_adds_or_repeats_somebody_is_not_used(order: list[int]) -> None:
    slate = Slate(np.array(order, np.intp), np.full(30, np.nan))
    outcome = run(pipeline_of(GOOD, policy=broken(answer(slate))))
    assert set(outcome.trace.failed) == {"policy"}
    assert people(outcome) == [39, 38, 37, 36, 35]


def test_a_policys_propensities_of_another_length_are_not_used() -> None:
    slate = Slate(np.arange(30), np.ones(3))
    assert set(run(pipeline_of(GOOD, policy=broken(answer(slate)))).trace.failed) == {"policy"}


def test_people_a_source_was_not_offered_do_not_count_as_brought() -> None:
    found = Candidates(np.array([5, 5, 999, -1, 6]), np.ones(5, np.float32))
    assert run(pipeline_of(broken(answer(found)))).trace.brought == {"broken": 2}


def test_a_guard_with_too_many_hanging_calls_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twofold.pipeline.guard.MAX_WORKERS", 2)
    hang, guard = Hang(), Guard(0.01)
    pipeline = replace(pipeline_of(broken(hang, name="one"), broken(hang, name="two"), GOOD), guard=guard)
    outcome = run(pipeline)
    hang.released.set()
    assert outcome.trace.failed["good"] == "timeout"
