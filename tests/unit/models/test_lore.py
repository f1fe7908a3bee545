"""What a model knows of labels: counted once, by label, and the same for any population whatever its codes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.errors import Damaged
from twofold.models.habits import Habits
from twofold.models.rarity import Rarity
from twofold.population.population import Population
from twofold.population.profiles import ProfileRows
from twofold.population.vocabulary import WORD, Vocabulary
from twofold.testing.contracts.town import population_of, version_of

LABELS = ["tea", "chess", "rowing", "jazz"]
SETS = st.lists(st.lists(st.sampled_from(LABELS), unique=True), min_size=1, max_size=6)
HABITS = Habits(
    groups={"woman": -0.5, "man": 0.75, "": 0.125},
    likers={"woman": {"tea": 0.5, "chess": -1.0}, "": {"jazz": 0.25}},
    liked={"man": {"tea": 2.0, "jazz": -1.0}},
)


def vocabulary(*labels: str) -> Vocabulary:
    found = Vocabulary()
    for label in labels:
        found.code(label)
    return found


def people_of(sets: list[list[str]], gender: str | None = None) -> Population:
    return population_of([version_of(key, interests=tuple(each), gender=gender) for key, each in enumerate(sets)])


def profiles(population: Population) -> ProfileRows:
    return population.profiles.of(population.columns.everyone(), AsOf.at(1))


@given(SETS)
def test_rarity_is_the_share_of_people_in_logarithm(sets: list[list[str]]) -> None:
    rarity = Rarity.of(people_of(sets).columns)
    counts = {label: sum(label in each for each in sets) for label in LABELS}
    assert set(rarity.by_label) == {label for label, count in counts.items() if count}
    for label, weight in rarity.by_label.items():
        assert weight == pytest.approx(math.log((len(sets) + 1) / counts[label]))
        assert weight > 0


def test_weights_are_by_label_whatever_the_codes() -> None:
    rarity = Rarity({"tea": 0.5, "chess": 3.0})
    for labels in (
        vocabulary("tea", "chess", "new"),
        vocabulary("chess", "tea", "new"),
        vocabulary("new", "tea", "ha"),
    ):
        weights = rarity.weights(labels, 4)
        expected = [rarity.by_label.get(labels.label(code), 3.0) for code in range(3)]
        assert weights.tolist() == [*expected, 3.0]
        assert rarity.weights(labels, 4) is weights
    assert rarity.weights(labels, 2).tolist() == expected[:2]
    labels.code("chess")
    assert rarity.weights(labels, 4)[3] == 3.0


def test_nothing_counted_weighs_one() -> None:
    assert Rarity({}).weights(vocabulary("tea"), 2).tolist() == [1, 1]


@given(SETS, st.sampled_from([None, "woman", "man", "other"]))
def test_habits_are_means_over_the_interests_that_were_counted(sets: list[list[str]], gender: str | None) -> None:
    def mean(offsets: dict[str, float], interests: list[str]) -> float:
        counted = [offsets[each] for each in interests if each in offsets]
        return sum(counted) / len(counted) if counted else 0.0

    for order in (sets, sets[::-1]):  # another population numbers labels in another order
        population = people_of(order, gender)
        rows = profiles(population)
        likers, liked = (dict(each.get(gender or "", {})) for each in (HABITS.likers, HABITS.liked))
        expected = [mean(likers, each) for each in order], [mean(liked, each) for each in order]
        assert HABITS.of_likers(population.columns, rows).tolist() == pytest.approx(expected[0])
        assert HABITS.of_liked(population.columns, rows, rows).tolist() == pytest.approx(expected[1])
        group = HABITS.groups.get(gender or "", 0.0)
        assert HABITS.group(rows.genders, population.columns.genders).tolist() == [group] * len(order)


def test_one_viewer_stands_for_all() -> None:
    population = people_of([["tea"], ["jazz"], []], "man")
    viewer = population.profiles.of(np.array([0]), AsOf.at(1))
    assert HABITS.of_liked(population.columns, viewer, profiles(population)).tolist() == [2, -1, 0]


def test_interests_beyond_a_word() -> None:
    many = [f"label {number}" for number in range(WORD + 3)]
    population = people_of([many, [many[-1]]], "man")
    habits = Habits(liked={"man": {many[-1]: 1.0, many[0]: 0.0}})
    viewer = population.profiles.of(np.array([0]), AsOf.at(1))
    assert habits.of_liked(population.columns, viewer, profiles(population)).tolist() == [0.5, 1.0]


def test_habits_are_read_back_as_written() -> None:
    read = Habits.from_document(json.loads(json.dumps(HABITS.to_document())))
    assert (read.groups, read.likers, read.liked) == (HABITS.groups, HABITS.likers, HABITS.liked)
    assert Habits.from_document(Habits().to_document()) == Habits()


GOOD: dict[str, Any] = dict(HABITS.to_document())
HARM: list[Any] = [
    None,
    [],
    {},
    GOOD | {"groups": []},
    GOOD | {"groups": {"woman": "much"}},
    GOOD | {"groups": {"woman": True}},
    GOOD | {"groups": {"woman": math.nan}},
    GOOD | {"likers": {"woman": 1.0}},
    GOOD | {"liked": {"woman": {"tea": None}}},
    GOOD | {"liked": {"woman": {"tea": math.inf}}},
    *({name: value for name, value in GOOD.items() if name != left} for left in GOOD),
]


@pytest.mark.parametrize("document", HARM, ids=range(len(HARM)))
def test_anything_else_is_refused(document: Any) -> None:
    with pytest.raises(Damaged, match=r"habits .* train again"):
        Habits.from_document(document)
