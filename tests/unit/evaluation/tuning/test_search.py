"""The search for quotas: its steps, its budget, and to whom ties go."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.evaluation.tuning.quotas import EXPLORATION, LEAST_EXPLORATION, Quotas
from twofold.evaluation.tuning.search import TIE, chosen, search

NAMES = ("admirers", "collaborative", "content", EXPLORATION)
SHARES = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1))


def near(*aim: int) -> object:
    """Worth falls with the distance from an aim."""
    return lambda quotas: -math.dist(quotas.percents, aim) / 100


@given(SHARES)
def test_quotas_and_their_neighbours_add_up_and_leave_exploration_its_least(shares: dict[str, float]) -> None:
    quotas = Quotas.of(NAMES, shares)
    for each in (quotas, *quotas.neighbours()):
        assert sum(each.percents) == 100
        assert min(each.percents) >= 0
        assert each.shares[EXPLORATION] * 100 >= LEAST_EXPLORATION
    assert quotas not in quotas.neighbours()


def test_a_step_keeps_the_others_as_they_are_to_each_other() -> None:
    start = Quotas(NAMES, (20, 20, 40, 20))
    assert Quotas(NAMES, (50, 13, 25, 12)) in set(start.neighbours()) or Quotas(NAMES, (50, 12, 25, 13)) in set(
        start.neighbours()
    )


def test_the_search_finds_what_is_steps_away() -> None:
    aim = (70, 10, 10, 10)
    found = search([Quotas.equal(NAMES)], near(*aim), 500)  # type: ignore[arg-type]
    first = next(iter(found))
    assert math.dist(first.percents, aim) < 12
    assert found[first] >= max(found.values()) - TIE


def test_several_starts_get_out_of_a_dead_end() -> None:
    def worth(quotas: Quotas) -> float:
        return 1.0 if quotas.percents[0] >= 90 else 0.0

    stuck = Quotas(NAMES, (25, 25, 25, 25))
    assert next(iter(search([stuck], worth, 300))).percents[0] < 90
    assert next(iter(search([stuck, Quotas(NAMES, (90, 0, 0, 10))], worth, 300))).percents[0] >= 90


@pytest.mark.parametrize("budget", [1, 2, 7, 40])
def test_no_more_than_the_budget_is_asked_for_and_nothing_twice(budget: int) -> None:
    asked: list[Quotas] = []

    def worth(quotas: Quotas) -> float:
        asked.append(quotas)
        return quotas.percents[1] / 100

    starts = [Quotas.equal(NAMES), Quotas.of(NAMES, {"content": 1.0})]
    found = search(starts, worth, budget)
    assert len(asked) == len(set(asked)) == len(found) <= max(budget, len(starts))


def test_where_nothing_matters_the_even_quotas_are_chosen() -> None:
    lopsided = Quotas.of(NAMES, {"content": 1.0})
    assert next(iter(search([lopsided, Quotas.equal(NAMES)], lambda _: 0.5, 100))) == Quotas.equal(NAMES)


def test_a_gain_beyond_a_tie_goes_to_the_better() -> None:
    even, other = Quotas.equal(NAMES), Quotas.of(NAMES, {"content": 1.0})
    assert chosen({even: 0.5, other: 0.5 + TIE / 2}) == even
    assert chosen({even: 0.5, other: 0.5 + 2 * TIE}) == other
