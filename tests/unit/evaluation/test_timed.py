"""Data with times: what is asked of the product, what is counted, what is left out and why."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.unit.evaluation.world import DISLIKE, LIKE, Oracle, columns, data_of, town, trials_of
from twofold.domain.candidate import Keys
from twofold.domain.changes import EventColumns
from twofold.domain.time import MICROS_PER_DAY
from twofold.evaluation.document import Document
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.timed import Timed
from twofold.evaluation.sources import index_of
from twofold.evaluation.split import labels, split_by_time
from twofold.evaluation.targets import Targets

BASELINES = {
    "random",
    "popularity",
    "popularity_recent",
    "popularity_half_life",
    "incoming_then_recent",
    "incoming_then_half_life",
    "friends_of_friends",
    "als",
    "als_harmonic",
    "als_product",
    "four_rates",
}


def course(seed: int = 0) -> Course:
    return Course(seed, lambda _part, _done: None)


def evaluated(events: EventColumns, seed: int = 0, **changes: object) -> tuple[Document, list[Oracle]]:
    def change(oracle: Oracle) -> None:
        for name, value in changes.items():
            setattr(oracle, name, value)

    split = split_by_time(events)
    trials, handed = trials_of(events, change=change)
    return Timed(data_of(events), split, split, course(seed)).run(trials), handed


@pytest.fixture(scope="module")
def report() -> tuple[Document, list[Oracle]]:
    return evaluated(town())


def test_every_baseline_stands_beside_the_product(report: tuple[Document, list[Oracle]]) -> None:
    document, _ = report
    assert set(document.systems) == BASELINES | {"twofold", "twofold_ranking_everyone", "base_rate"}
    assert next(iter(document.systems)) == "twofold"
    for name in BASELINES:
        system = document.systems[name]
        assert {"recall_at_20", "ndcg_at_20", "mutual_recall_at_20", "mutual_ndcg_at_20", "mutual_ndcg_at_5"} == set(
            system.lists
        )
        assert {"gini", "share_shown", "top1pct", "effective_matches"} <= set(system.exposure)
        assert set(system.lists_capped) == set(system.lists)


def test_who_knows_the_truth_scores_best(report: tuple[Document, list[Oracle]]) -> None:
    document, _ = report
    best = document.systems["twofold"]
    assert best.p_like["auc"].value == best.p_like_delayed["auc"].value == 1.0
    others = [document.systems[name].lists["recall_at_20"].value for name in ("random", "popularity")]
    assert best.lists["recall_at_20"].value > max(others)
    assert document.systems["base_rate"].p_like["auc"].value == 0.5
    assert document.systems["four_rates"].p_like["auc"].value > 0.6


def test_every_figure_lies_in_its_interval(report: tuple[Document, list[Oracle]]) -> None:
    document, _ = report
    plain = msgspec.to_builtins(document)
    found = list(figures_in(plain["systems"]) | figures_in(plain["sources"]))
    assert len(found) > 100
    assert all(low <= value <= high for value, low, high in found)


def figures_in(part: object) -> set[tuple[float, float, float]]:
    if isinstance(part, dict):
        if set(part) == {"value", "low", "high"}:
            return {(part["value"], part["low"], part["high"])}
        return set().union(*map(figures_in, part.values())) if part else set()
    return set()


def test_delayed_features_are_asked_for_a_day_earlier(report: tuple[Document, list[Oracle]]) -> None:
    _, (oracle,) = report
    future = split_by_time(town()).future
    rows = len(future)
    assert oracle.moments[:rows] == future.at.tolist()
    assert oracle.moments[rows : 2 * rows] == (future.at - MICROS_PER_DAY).tolist()


def test_sources_are_apart(report: tuple[Document, list[Oracle]]) -> None:
    document, _ = report
    assert document.sources["collaborative"].alone["recall_at_100"].value == 1.0
    assert document.sources["content"].alone["recall_at_100"].value == 0.0
    assert document.sources["collaborative"].lists_without["recall_at_20"].value == 0.0


def test_slices_hold_both_sides(report: tuple[Document, list[Oracle]]) -> None:
    slices = report[0].systems["twofold"].slices
    assert {"warm", "from_even", "from_odd"} <= set(slices)
    assert slices["from_even"].rows + slices["from_odd"].rows == report[0].counts.test_decisions


def test_the_same_seed_gives_the_same_report() -> None:
    one, other = (msgspec.structs.replace(evaluated(town(), seed=3)[0], seconds={}) for _ in range(2))
    assert one == other


def test_two_cuts_take_two_trials_and_lists_are_of_the_second() -> None:
    events = town()
    split = split_by_time(events)
    later = split_by_time(events, share=0.85)
    trials, handed = trials_of(events)
    document = Timed(data_of(events), split, later, course()).run(trials)
    assert [each.plan.cut for each in handed] == [split.cut, later.cut]
    assert handed[0].moments[0] == split.future.at[0]
    assert document.counts.test_decisions == len(split.future)


def test_who_gets_no_list_is_counted_with_the_reason() -> None:
    document, _ = evaluated(town(), inactive=frozenset({0, 1, 2}))
    assert document.counts.left_out["viewer gets no list at the cut (not active)"] == 3


def test_without_a_ranker_there_is_no_probability_and_a_note() -> None:
    document, _ = evaluated(town(), ranks=False)
    assert not document.systems["twofold"].p_like
    assert document.systems["twofold"].lists
    assert any("no ranking model" in each for each in document.notes)


def test_only_likes_have_no_auc_and_lists_all_the_same() -> None:
    events = town()
    document, _ = evaluated(EventColumns(events.position, events.actor, events.target, events.kind * 0 + 1, events.at))
    assert "auc" not in document.systems["four_rates"].p_like
    assert document.systems["popularity"].lists
    assert any("all of one kind" in each for each in document.notes)


def test_a_single_like_gives_a_report_with_what_can_be_had() -> None:
    rows = [
        (one, (one + 1 + number) % 40, DISLIKE, 10 * MICROS_PER_DAY + one + number * 40)
        for number in range(20)
        for one in range(40)
    ]
    document, _ = evaluated(columns(*rows[:-1], (rows[-1][0], rows[-1][1], LIKE, rows[-1][3])))
    assert document.counts.test_likes == 1
    assert document.systems["base_rate"].p_like["log_loss"].value > 0


def test_one_side_alone_has_no_mutual_figures() -> None:
    events = town(decisions=6_000)
    one_sided = events.take((events.actor < 40) & (events.target >= 40))
    document, _ = evaluated(one_sided)
    assert set(document.systems["popularity"].lists) == {"recall_at_20", "ndcg_at_20"}
    assert document.counts.lists_with_mutual == 0


def test_nobody_to_find_is_said() -> None:
    events = town()
    split = split_by_time(events)
    some = events.take((events.at < split.cut) | (labels(events) == 0))
    trials, _ = trials_of(some)
    later = split_by_time(some)
    document = Timed(data_of(some), later, later, course()).run(trials)
    if not document.counts.lists:
        assert any("no lists to measure" in each for each in document.notes)
    assert np.isfinite(document.systems["base_rate"].p_like["log_loss"].value)


class Forgetful(Oracle):
    """Its index finds every other one."""

    def by_taste(self, viewer: int, limit: int, exactly: bool = False) -> Keys:
        found = self.list_for(viewer, limit)
        return found if exactly else found[::2]


def test_what_the_index_misses_is_told(report: tuple[Document, list[Oracle]]) -> None:
    whole, (oracle, *_) = report
    assert whole.index["recall_at_100"].value == 1.0
    forgetful = Forgetful(oracle.events, oracle.people, oracle.plan)
    one = np.arange(2, dtype=np.int64)
    targets = Targets(one, (one, one), (one, one), np.zeros((2, 5), np.uint8), oracle.people, {})
    found = index_of(forgetful, targets, np.random.default_rng(0))["recall_at_100"]
    assert found.value == pytest.approx(0.5, abs=0.05)
