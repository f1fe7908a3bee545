"""The report counts everybody it leaves out, and measures what it says."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.evaluation.baselines import baselines, popularity
from twofold.evaluation.report import interval, measure_lists, measure_probabilities
from twofold.evaluation.split import Split

LIKE, DISLIKE, MATCH = EventKind.LIKE, EventKind.DISLIKE, EventKind.MATCH


def columns(*rows: tuple[int, int, EventKind, int]) -> EventColumns:
    """Events as (actor, target, kind, at)."""
    if not rows:
        return EventColumns.empty()
    actor, target, kind, at = zip(*rows, strict=True)
    place = np.arange(1, len(rows) + 1)
    return EventColumns(
        place, np.array(actor), np.array(target), np.array([int(each) for each in kind], np.int8), np.array(at)
    )


def split(past: EventColumns, future: EventColumns, matches: EventColumns | None = None) -> Split:
    return Split(Micros(100), past, future, matches or EventColumns.empty(), "digest")


def everyone(_viewer: int) -> Keys:
    return np.arange(10)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def first_is_likelier(_viewers: Keys, candidates: Keys, _at: Keys) -> Doubles:
    """P(like) of person 1 is 0.9, of person 2 is 0.5."""
    return np.asarray(0.9 - 0.4 * (candidates - 1), np.float64)


def perfect(viewer: int, _eligible: Keys, _k: int) -> Keys:
    """Knows that everybody likes the next person."""
    return np.array([viewer + 1])


def test_a_perfect_list_finds_all_and_an_empty_one_nothing() -> None:
    future = columns((0, 1, LIKE, 101), (2, 3, LIKE, 102), (4, 5, DISLIKE, 103))
    listers = {"perfect": perfect, "empty": lambda _viewer, _eligible, _k: np.empty(0, np.int64)}
    viewers, (best, worst) = measure_lists(split(columns(), future), listers, everyone, lambda _: True, rng(), print)
    assert viewers.counted == 2, "who liked nobody has nothing to be found"
    assert (best.recall.mean, best.ndcg.mean) == (1.0, 1.0)
    assert worst.recall.mean == 0.0
    assert best.share_shown == pytest.approx(0.2)
    assert np.isnan(worst.gini)


def test_who_is_left_out_is_counted_with_the_reason() -> None:
    def eligible(viewer: int) -> Keys:
        if viewer == 6:
            raise Refused("inactive", "not active")
        return everyone(viewer)

    future = columns((0, 1, LIKE, 101), (8, 1, LIKE, 102), (2, 9, LIKE, 103), (6, 1, LIKE, 104))
    viewers, _ = measure_lists(split(columns(), future), {"x": perfect}, eligible, lambda key: key < 8, rng(), print)
    assert viewers.counted == 1
    assert viewers.left_out == {
        "viewer was not there at the cut": 1,
        "liked only people who came later": 1,
        "viewer gets no list at the cut (inactive)": 1,
    }


def test_matches_count_for_both() -> None:
    future = columns((0, 1, LIKE, 101), (1, 0, LIKE, 102))
    matches = columns((1, 0, MATCH, 102))
    viewers, (lists,) = measure_lists(
        split(columns(), future, matches), {"next": perfect}, everyone, lambda _: True, rng(), print
    )
    assert viewers.with_matches == 2
    assert lists.match_recall is not None
    assert lists.match_recall.mean == 0.5


def test_probabilities_are_compared_with_the_past_base_rate() -> None:
    past = columns(*[(0, 1, LIKE, 1)] * 3, (0, 2, DISLIKE, 2))
    future = columns((0, 1, LIKE, 101), (0, 2, DISLIKE, 102))
    now, delayed = measure_probabilities(split(past, future), first_is_likelier)
    assert now.auc == 1.0
    assert now.base_log_loss == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
    assert (now.delay_days, delayed.delay_days) == (0, 1)


def test_features_are_asked_for_a_day_earlier_when_they_are_a_day_old() -> None:
    asked: list[int] = []

    def predict(_viewers: Keys, candidates: Keys, at: Keys) -> Doubles:
        asked.append(int(at[0]))
        return np.full(len(candidates), np.nan)

    past = columns((0, 1, LIKE, 1), (0, 2, DISLIKE, 2))
    measured = measure_probabilities(split(past, columns((0, 3, LIKE, 101), (0, 4, DISLIKE, 101))), predict)
    assert asked == [101, 101 - MICROS_PER_DAY]
    assert measured[0].log_loss == measured[0].base_log_loss, "where the model cannot tell, the base rate speaks"


def test_popularity_follows_the_likes_of_its_time() -> None:
    past = columns((0, 1, LIKE, 1), (2, 1, LIKE, 2), (0, 3, LIKE, 90), (2, 4, DISLIKE, 91))
    assert popularity(past, rng())(9, np.arange(10), 1).tolist() == [1]
    assert popularity(past, rng(), Micros(50))(9, np.arange(10), 1).tolist() == [3]
    assert popularity(past, rng())(9, np.array([4, 3]), 5).tolist() == [3, 4], "only eligible people"


def test_ties_and_random_lists_are_spread() -> None:
    made = baselines(columns(), Micros(100), rng())
    for lister in made.values():
        tops = {int(lister(0, np.arange(5), 1)[0]) for _ in range(100)}
        assert tops == set(range(5))


def test_an_interval_holds_its_mean_and_narrows() -> None:
    few, many = np.tile([0.0, 1.0], 5), np.tile([0.0, 1.0], 500)
    for values in (few, many):
        found = interval(values, rng())
        assert found.low <= found.mean == 0.5 <= found.high
    wide, narrow = interval(few, rng()), interval(many, rng())
    assert narrow.high - narrow.low < wide.high - wide.low
    assert np.isnan(interval(np.empty(0), rng()).mean)
