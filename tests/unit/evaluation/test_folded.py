"""Data with one moment: nothing is learnt from whom is asked about, and everything is frozen."""

from __future__ import annotations

import numpy as np

from tests.unit.evaluation.world import PEOPLE, data_of, town, trials_of
from twofold.domain.time import Micros
from twofold.evaluation.document import Document
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.protocols.folded import Folded

FOLDS = 4


def folded(*, lists: bool) -> tuple[Document, list[object]]:
    events = town()
    moment = Micros(int(np.median(events.at)))
    trials, handed = trials_of(events)
    groups = np.arange(PEOPLE) // 4
    run = Folded(
        data=data_of(events),
        moment=moment,
        groups=groups,
        clusters=groups,
        folds=FOLDS,
        lists=lists,
        split="by group",
        interval="over groups",
        course=Course(0, lambda _part, _done: None),
    )
    document = run.run(trials)
    assert all(set(each.moments) == {moment} for each in handed), "features are frozen at the moment"
    held = np.concatenate([each.plan.held_out for each in handed if each.plan.held_out is not None])
    assert sorted(held.tolist()) == list(range(PEOPLE)), "everybody is held out exactly once"
    assert all(each.plan.frozen_at == moment for each in handed)
    return document, list(handed)


def test_lists_are_of_each_viewers_own_later_people() -> None:
    document, handed = folded(lists=True)
    assert len(handed) == FOLDS
    found = document.systems["twofold"].lists
    assert found["ndcg_at_5"].value > 0.9
    assert found["mutual_ndcg_at_5"].value > document.systems["random"].lists["mutual_ndcg_at_5"].value
    assert document.systems["twofold_profile_only"].p_like["auc"].value == 0.5
    assert {"popularity", "four_rates", "four_rates_product", "four_rates_one_sided"} < set(document.systems)


def test_without_lists_there_is_p_like_alone() -> None:
    document, _ = folded(lists=False)
    assert document.systems["twofold"].p_like["auc"].value == 1.0
    assert not any(each.lists for each in document.systems.values())
    assert document.counts.lists == 0
