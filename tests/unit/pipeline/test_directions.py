"""Both directions: what each ranker says of the same pairs, what is settled already, and the utility of the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.unit.pipeline.fakes import (
    Broken,
    CodeFilter,
    KeyFeatures,
    KeyReading,
    ListSource,
    TableRanker,
    pipeline_of,
    raising,
)
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Codes, Doubles, Floats, Keys, Reached, Removed
from twofold.pipeline.engine import Outcome, Pipeline
from twofold.pipeline.query import Query
from twofold.policies.utility import UTILITIES
from twofold.testing.contracts.town import query_of

KEYS = [1, 2, 3, 4]
THERE = TableRanker({1: 0.9, 2: 0.5, 3: 0.4, 4: 0.8})
BACK = TableRanker({-1: 0.1, -2: 0.6, -3: 0.9, -4: 0.5}, version="back")


class TurnedFeatures(KeyFeatures):
    """The candidate's key; seen from the other side with its sign turned. Remembers what was brought."""

    def __init__(self) -> None:
        self.brought: Mapping[str, Floats] | None = None

    def read(
        self, viewer: int, candidates: Keys, as_of: AsOf, brought: Mapping[str, Floats] | None = None
    ) -> KeyReading:
        self.brought = brought
        return KeyReading(candidates, sign=-1)


def two_sided(**changes: Any) -> Pipeline:
    pipeline = pipeline_of(ListSource("a", KEYS), ListSource("b", [3]), people=5, ranker=THERE)
    parts: dict[str, Any] = {"features": TurnedFeatures(), "back": BACK, "utility": UTILITIES["product"]}
    return replace(pipeline, **parts | changes)


def by_key(outcome: Outcome, column: Doubles) -> dict[int, float]:
    return {int(key): round(float(value), 6) for key, value in zip(outcome.ranked.pool.keys, column, strict=True)}


def test_the_list_is_ordered_by_the_utility_of_both() -> None:
    outcome = two_sided().run(query_of(0))
    ranked = outcome.ranked
    assert by_key(outcome, ranked.viewer_likes) == {1: 0.9, 2: 0.5, 3: 0.4, 4: 0.8}
    assert by_key(outcome, ranked.candidate_likes) == {1: 0.1, 2: 0.6, 3: 0.9, 4: 0.5}
    assert by_key(outcome, ranked.scores) == {1: 0.09, 2: 0.3, 3: 0.36, 4: 0.4}
    assert [int(ranked.pool.keys[row]) for row in outcome.rows] == [4, 3, 2, 1]
    assert not outcome.trace.degraded


@pytest.mark.parametrize(
    ("name", "order"),
    [("one-sided", [1, 4, 2, 3]), ("min", [2, 4, 3, 1]), ("harmonic", [4, 3, 2, 1]), ("product", [4, 3, 2, 1])],
)
def test_each_utility_has_its_order(name: str, order: list[int]) -> None:
    outcome = two_sided(utility=UTILITIES[name]).run(query_of(0))
    assert [int(outcome.ranked.pool.keys[row]) for row in outcome.rows] == order


def test_what_is_settled_is_no_question_of_probability() -> None:
    def settled(query: Query, keys: Keys) -> Doubles:
        return np.select([keys == 1, keys == 4], [1.0, 0.0], np.nan)

    outcome = two_sided(settled=settled).run(query_of(0))
    assert by_key(outcome, outcome.ranked.candidate_likes) == {1: 1.0, 2: 0.6, 3: 0.9, 4: 0.0}
    assert [int(outcome.ranked.pool.keys[row]) for row in outcome.rows] == [1, 3, 2, 4]


def test_the_features_are_told_who_brought_whom() -> None:
    features = TurnedFeatures()
    outcome = two_sided(features=features).run(query_of(0))
    assert features.brought is not None
    told = {name: by_key(outcome, column.astype(np.float64)) for name, column in features.brought.items()}
    assert told == {"a": dict.fromkeys(KEYS, 1.0), "b": {1: 0.0, 2: 0.0, 3: 1.0, 4: 0.0}}


def test_one_ranker_leaves_the_other_direction_unknown() -> None:
    outcome = two_sided(back=None).run(query_of(0))
    assert np.isnan(outcome.ranked.candidate_likes).all()
    assert [int(outcome.ranked.pool.keys[row]) for row in outcome.rows] == [1, 4, 2, 3]


@pytest.mark.parametrize("part", ["back", "settled", "utility"])
def test_what_fails_in_either_direction_costs_both(part: str) -> None:
    broken: Any = Broken(raising)
    outcome = two_sided(**{part: broken}).run(query_of(0))
    assert outcome.ranked.ranker.version == "fallback"
    assert outcome.trace.failed == {"ranker": "ZeroDivisionError"}
    assert outcome.trace.degraded
    assert np.isnan(outcome.ranked.candidate_likes).all(), "the fallback knows nothing of the other side"


def test_a_side_that_cannot_tell_sinks_to_the_end() -> None:
    unsure = TableRanker({-1: 0.1, -2: float("nan"), -3: 0.9, -4: 0.5})
    outcome = two_sided(back=unsure).run(query_of(0))
    assert [int(outcome.ranked.pool.keys[row]) for row in outcome.rows] == [4, 3, 1, 2]


def test_who_is_out_of_reach_is_counted_and_not_judged() -> None:
    judged: list[int] = []

    class Noting(CodeFilter):
        def judge(self, query: Query, keys: Keys) -> Codes:
            judged.extend(keys.tolist())
            return super().judge(query, keys)

    def reach(viewer: int, as_of: int) -> Reached:
        return Reached.all_of(np.array([1, 3]))

    pipeline = replace(two_sided(), reach=reach, filters=[Noting({1: Removed.DISTANCE})])
    outcome = pipeline.run(query_of(0))
    assert outcome.trace.removed == {"elsewhere": 3, "distance": 1}
    assert set(judged) == {1, 3}
    assert outcome.ranked.pool.keys[list(outcome.rows)].tolist() == [3]


def test_whom_reach_is_sure_of_is_judged_in_full_before_being_shown() -> None:
    class Noting(CodeFilter):
        def __init__(self) -> None:
            super().__init__({})
            self.judged, self.spared = list[list[int]](), list[list[int]]()

        def judge(self, query: Query, keys: Keys) -> Codes:
            self.judged.append(keys.tolist())
            return super().judge(query, keys)

    class Sparing(Noting):
        def judge_sure(self, query: Query, keys: Keys) -> Codes:
            self.spared.append(keys.tolist())
            return super(Noting, self).judge(query, keys)

    def reach(viewer: int, as_of: int) -> Reached:
        return Reached(np.array([1, 3, 4]), np.array([True, False, True]))

    sparing, other = Sparing(), Noting()
    replace(two_sided(), reach=reach, filters=[other, sparing]).run(query_of(0))
    assert (other.judged[0], sparing.judged[0], sparing.spared) == ([1, 3, 4], [3], [[1, 4]])
    assert sorted(sparing.judged[1]) == [1, 3, 4]
