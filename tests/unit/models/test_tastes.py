"""Tastes: the stored vector without news, else one solved from the likes seen; kept no longer than it is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats, Keys
from twofold.domain.changes import Changes, EventColumns, Removal
from twofold.domain.event import RULES, EventKind
from twofold.models import tastes as module
from twofold.models.tastes import Known, Tastes
from twofold.models.vectors import Vectors
from twofold.population.population import Population
from twofold.testing.contracts.town import Row, log_of, population_of, version_of

LIKE, SUPER, PASS, VIEW = EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.PASS, EventKind.VIEW
PEOPLE = [version_of(key) for key in range(8)]
# The fit has seen the first three, which are dated before 10.
ROWS: list[Row] = [(0, 1, LIKE, 1), (0, 2, LIKE, 2), (1, 2, LIKE, 3)]


@pytest.fixture
def vectors() -> Vectors:
    viewers, candidates = np.random.default_rng(0).standard_normal((2, 8, 3)).astype(np.float32)
    viewer, candidate = np.ones(8, bool), np.ones(8, bool)
    viewer[7] = candidate[6] = False
    return Vectors(viewers, candidates, viewer, candidate, 2.0, 5.0, as_of=10, position=3)


def folded(vectors: Vectors, likes: dict[int, float]) -> Floats:
    """Solved from these likes and their weights."""
    keys, weights = np.array([*likes], np.int64), np.array([*likes.values()], np.float32)
    rows, _ = vectors.fold_in(np.zeros(len(likes), np.int64), keys, weights, 1)
    return np.asarray(rows[0])


def one(known: Known) -> Floats | None:
    assert len(known.rows) == len(known.known) == 1
    return known.rows[0] if known.known[0] else None


def taste(population: Population, vectors: Vectors, key: int, at: int, position: int | None = None) -> Floats | None:
    return one(Tastes(population, vectors).viewers(np.array([key]), AsOf.at(at, position)))


def follow(population: Population, *rows: Row) -> None:
    for row in rows:
        position = population.position + 1
        population.apply(Changes(position, (), replace(log_of([row]), position=np.array([position])), ()))


class Folded:
    """Counts how many people were solved for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.people = 0
        inner = Vectors.fold_in

        def fold_in(
            vectors: Vectors, row: Keys, liked: Keys, weights: Floats, rows: int
        ) -> tuple[Floats, NDArray[np.bool_]]:
            self.people += rows
            return inner(vectors, row, liked, weights, rows)

        monkeypatch.setattr(Vectors, "fold_in", fold_in)

    def since(self) -> int:
        people, self.people = self.people, 0
        return people


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Folded:
    return Folded(monkeypatch)


def test_who_did_nothing_since_keeps_the_stored_vector(vectors: Vectors, counted: Folded) -> None:
    population = population_of(PEOPLE, ROWS)
    tastes = Tastes(population, vectors)
    found = tastes.viewers(np.arange(9), AsOf.at(99))
    np.testing.assert_array_equal(found.rows[:7], vectors.viewers[:7])
    assert found.known.tolist() == [True] * 7 + [False] * 2
    assert not found.rows[7:].any()
    follow(population, (0, 3, VIEW, 20))  # seen, but nothing decided
    np.testing.assert_array_equal(one(tastes.viewers(np.array([0]), AsOf.at(99))), vectors.viewers[0])
    assert counted.since() == 0


def test_the_liked_stay_as_they_were_fitted(vectors: Vectors) -> None:
    population = population_of(PEOPLE, [*ROWS, (2, 1, LIKE, 20)])
    found = Tastes(population, vectors).candidates(np.array([1, 6, 99]))
    np.testing.assert_array_equal(found.rows[0], vectors.candidates[1])
    assert found.known.tolist() == [True, False, False]


def test_who_decided_since_is_solved_for(vectors: Vectors) -> None:
    """Whether a vector was stored or not; super likes weigh more, and what stands is the last decision."""
    rows: list[Row] = [*ROWS, (0, 3, SUPER, 20), (0, 1, PASS, 21), (7, 2, LIKE, 20), (1, 2, PASS, 30), (2, 6, LIKE, 9)]
    population = population_of(PEOPLE, rows)
    np.testing.assert_array_equal(taste(population, vectors, 0, 99), folded(vectors, {2: 1, 3: 2}))
    np.testing.assert_array_equal(taste(population, vectors, 7, 99), folded(vectors, {2: 1}))
    assert taste(population, vectors, 1, 99) is None  # likes nobody any more
    assert taste(population, vectors, 2, 99) is None  # likes somebody without a vector, written after the fit


def test_the_past_is_solved_from_what_was_seen_then(vectors: Vectors) -> None:
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (0, 4, LIKE, 5), (0, 5, LIKE, 40)])
    np.testing.assert_array_equal(taste(population, vectors, 0, 2), folded(vectors, {1: 1}))
    np.testing.assert_array_equal(taste(population, vectors, 0, 10, 3), vectors.viewers[0])
    np.testing.assert_array_equal(taste(population, vectors, 0, 10), folded(vectors, {1: 1, 2: 1, 4: 1}))
    np.testing.assert_array_equal(taste(population, vectors, 0, 21, 4), folded(vectors, {1: 1, 2: 1, 3: 1}))
    np.testing.assert_array_equal(taste(population, vectors, 0, 99, 5), folded(vectors, {1: 1, 2: 1, 3: 1, 4: 1}))
    assert taste(population, vectors, 0, 1) is None


def test_as_many_decisions_that_are_others_are_news(vectors: Vectors) -> None:
    """Before the fit's moment one of its likes is not there yet, and one came late that the fit has not seen."""
    population = population_of(PEOPLE, [(0, 1, LIKE, 1), (0, 2, LIKE, 7), (1, 2, LIKE, 3), (0, 4, LIKE, 5)])
    np.testing.assert_array_equal(taste(population, vectors, 0, 6), folded(vectors, {1: 1, 4: 1}))
    # Written before the fit, but dated after it; and the fit has seen one that was written later.
    later = replace(vectors, position=4)
    population = population_of(PEOPLE, [(0, 1, LIKE, 1), (0, 2, LIKE, 15), (1, 2, LIKE, 3), (0, 4, LIKE, 5)])
    np.testing.assert_array_equal(taste(population, later, 0, 20, 3), folded(later, {1: 1, 2: 1}))


def test_only_the_latest_decisions_are_read(vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATEST_DECISIONS", 2)
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (0, 4, PASS, 21)])
    np.testing.assert_array_equal(taste(population, vectors, 0, 99), folded(vectors, {3: 1}))


def test_what_was_solved_is_kept_until_the_person_acts(vectors: Vectors, counted: Folded) -> None:
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (2, 3, PASS, 20)])
    tastes, both = Tastes(population, vectors), np.array([0, 2])
    first = tastes.viewers(both, AsOf.at(99))
    assert counted.since() == 2
    for moment in (99, 150, 22):
        again = tastes.viewers(both, AsOf.at(moment))
        np.testing.assert_array_equal(again.rows, first.rows)
        assert again.known.tolist() == [True, False]  # that nothing is known is kept too
    assert counted.since() == 0
    tastes.viewers(both, AsOf.at([99, 98]))  # rows of a training, which are solved for together
    tastes.viewers(both, AsOf.at(99, 4))
    assert counted.since() == 3
    follow(population, (0, 4, LIKE, 30))
    np.testing.assert_array_equal(tastes.viewers(both, AsOf.at(99)).rows[0], folded(vectors, {1: 1, 2: 1, 3: 1, 4: 1}))
    assert counted.since() == 1 + 1
    np.testing.assert_array_equal(tastes.viewers(both, AsOf.at(25)).rows[0], first.rows[0])


def test_one_person_alone_is_as_among_others(vectors: Vectors) -> None:
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (2, 3, PASS, 20), (3, 4, LIKE, 60), (4, 5, VIEW, 20)])
    tastes = Tastes(population, vectors)
    for _ in range(2):
        for moment in (2, 10, 30, 99):
            among = Tastes(population, vectors).viewers(np.arange(10), AsOf.at(moment))
            for key in range(10):
                alone = tastes.viewer(key, moment)
                assert (alone is not None) == among.known[key]
                if alone is not None:
                    np.testing.assert_allclose(alone, among.rows[key], rtol=1e-5)
        follow(population, (0, 4, LIKE, 25), (1, 5, LIKE, 40))


def test_what_an_act_dated_ahead_will_change_is_not_kept(vectors: Vectors, counted: Folded) -> None:
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (0, 4, LIKE, 50)])
    tastes = Tastes(population, vectors)
    for _ in range(2):
        np.testing.assert_array_equal(
            one(tastes.viewers(np.array([0]), AsOf.at(30))), folded(vectors, {1: 1, 2: 1, 3: 1})
        )
    now = one(tastes.viewers(np.array([0]), AsOf.at(51)))
    np.testing.assert_array_equal(now, folded(vectors, {1: 1, 2: 1, 3: 1, 4: 1}))


def test_who_is_gone_is_gone_from_the_tastes_of_those_who_liked_them(vectors: Vectors) -> None:
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (0, 4, LIKE, 21)])
    tastes = Tastes(population, vectors)
    tastes.viewers(np.array([0]), AsOf.at(99))
    population.apply(Changes(6, (), EventColumns.empty(), (Removal(6, 3),)))
    np.testing.assert_array_equal(one(tastes.viewers(np.array([0]), AsOf.at(99))), folded(vectors, {1: 1, 2: 1, 4: 1}))


def test_no_more_are_kept_than_agreed(vectors: Vectors, counted: Folded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    population = population_of(PEOPLE, [*ROWS, (0, 3, LIKE, 20), (2, 3, LIKE, 20)])
    tastes = Tastes(population, vectors)
    for _ in range(2):
        tastes.viewers(np.array([0, 2]), AsOf.at(99))
    assert counted.since() == 4


def test_of_nobody_nothing_is_known(vectors: Vectors) -> None:
    nobody = Tastes(population_of([]), vectors)
    assert not len(nobody.viewers(np.empty(0, np.int64), AsOf.at(5)).rows)
    np.testing.assert_array_equal(one(nobody.viewers(np.array([0]), AsOf.at(5))), vectors.viewers[0])


@pytest.mark.parametrize("loaded", [True, False])
def test_the_last_in_the_log_count_whatever_their_own_time(
    vectors: Vectors, monkeypatch: pytest.MonkeyPatch, loaded: bool
) -> None:
    monkeypatch.setattr(module, "LATEST_DECISIONS", 2)
    more: list[Row] = [(0, 3, LIKE, 20), (0, 4, SUPER, 0)]  # the second came late
    population = population_of(PEOPLE, [*ROWS, *(more if loaded else ())])
    if not loaded:
        follow(population, *more)
    found = taste(population, vectors, 0, 30)
    assert found is not None
    np.testing.assert_allclose(found, folded(vectors, {4: RULES[SUPER].weight, 3: RULES[LIKE].weight}), rtol=1e-5)
