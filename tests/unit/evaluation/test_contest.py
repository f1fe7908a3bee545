"""A contest: both sides are asked the same, and the rule's verdict follows from what they said and showed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.unit.evaluation.world import Oracle, columns, data_of, town, trials_of
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.domain.event import EventKind
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.evaluation import contest
from twofold.evaluation.contest import Contest
from twofold.evaluation.product import Moments, Trials
from twofold.evaluation.promotion import Verdict
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.split import FEWEST_TEST_DECISIONS, before_each, split_by_time, split_since

EVENTS = town()


class Guesser(Oracle):
    """Says the same of everybody, and shows whoever has the smallest key."""

    def predict(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """The average."""
        self.moments.extend(moments.tolist())
        return np.full(len(viewers), 0.4)


def sides(events: EventColumns, change: Callable[[Oracle], None] = lambda _: None) -> tuple[Trials, list[Oracle]]:
    """Trials that hand out guessers."""

    def guessing(oracle: Oracle) -> None:
        oracle.__class__ = Guesser
        change(oracle)

    return trials_of(events, change=guessing)


def contest_of(events: EventColumns = EVENTS, seed: int = 0) -> Contest:
    return Contest(data_of(events), split_by_time(events), Course(seed, lambda _part, _done: None))


def failed(verdict: Verdict) -> set[str]:
    return {check.name for check in verdict.failed}


def test_who_knows_more_wins_and_the_other_way_round_loses() -> None:
    knows, guesses = trials_of(EVENTS)[0], sides(EVENTS)[0]
    better, worse = contest_of().verdict(guesses, knows), contest_of().verdict(knows, guesses)
    figures = {check.name: check.figure for check in better.checks}
    assert figures["log_loss"] is not None
    assert figures["log_loss"] < -0.3
    assert "log_loss" not in failed(better)
    assert {"log_loss", "mutual_ndcg"} <= failed(worse)


def test_who_says_the_same_shows_no_gain() -> None:
    knows = trials_of(EVENTS)[0]
    assert "log_loss" in failed(contest_of().verdict(knows, knows))


def test_both_are_asked_the_same_of_a_day_before_each_decision() -> None:
    (first, one), (second, other) = sides(EVENTS), sides(EVENTS)
    contest_of().verdict(first, second)
    split, rows = split_by_time(EVENTS), len(split_by_time(EVENTS).future)
    assert one[0].plan == other[0].plan
    assert one[0].plan.cut == split.cut
    for handed in (one, other):
        assert handed[0].moments[:rows] == (split.future.at - MICROS_PER_DAY).tolist()


def test_equal_data_and_seed_give_an_equal_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "MOST_ROWS", 200)  # drawn, so that the seed has its part in it
    knows, guesses = trials_of(EVENTS)[0], sides(EVENTS)[0]
    one, other, third = (contest_of(seed=seed).verdict(guesses, knows).to_document() for seed in (1, 1, 2))
    assert one == other != third


def test_lists_and_rows_of_very_much_data_are_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "MOST_ROWS", 60)
    monkeypatch.setattr(contest, "MOST_LISTS", 51)
    asked: list[int] = []

    class Counting(Guesser):
        def list_for(self, viewer: int, k: int, allowed: Keys | None = None) -> Keys:
            asked.append(viewer)
            return super().list_for(viewer, k, allowed)

    def counting(oracle: Oracle) -> None:
        oracle.__class__ = Counting

    verdict = contest_of().verdict(trials_of(EVENTS, change=counting)[0], trials_of(EVENTS)[0])
    assert "on 60 decisions" in verdict.checks[0].said
    assert len(asked) == len(set(asked)) == 51


def test_who_cannot_rank_is_refused_with_the_reason() -> None:
    def green(oracle: Oracle) -> None:
        oracle.ranks, oracle.notes = False, ("not trained: ranking: it takes 1,000 decisions",)

    with pytest.raises(Refused, match=r"the challenger cannot be measured.*it takes 1,000") as refused:
        contest_of().verdict(trials_of(EVENTS)[0], trials_of(EVENTS, change=green)[0])
    assert refused.value.code == "too_little"


def test_lists_in_which_something_failed_are_no_measure() -> None:
    def limping(oracle: Oracle) -> None:
        oracle.degraded = 3

    with pytest.raises(Refused, match="failed in 3 of the champion's") as refused:
        contest_of().verdict(trials_of(EVENTS, change=limping)[0], trials_of(EVENTS)[0])
    assert refused.value.code == "not_comparable"


def test_who_was_hardly_known_before_a_decision() -> None:
    like, view, at = EventKind.LIKE, EventKind.VIEW, 5 * MICROS_PER_DAY
    events = columns((0, 1, like, at), (1, 2, view, at), (0, 2, like, at + 1), (0, 1, like, at + 2))
    people, moments = np.array([0, 0, 1, 1, 2, 9]), np.array([at, at + 2, at + 2, at + 3, at + 9, at + 9])
    assert before_each(events, people, moments).tolist() == [0, 2, 2, 3, 2, 0]


def test_a_retraining_is_tested_on_what_the_champion_has_not_seen() -> None:
    decisions = EVENTS.at
    by_time = split_by_time(EVENTS).cut
    for share in (0.1, 0.5, 0.6):
        assert split_since(EVENTS, Micros(int(decisions[int(1_800 * share)]))).cut == by_time
    for share, half in ((0.7, 0.85), (0.8, 0.9), (0.9, 0.95)):
        split = split_since(EVENTS, Micros(int(decisions[int(1_800 * share)])))
        assert split.cut == decisions[int(1_800 * half)]
        assert split.past.at.max() < split.cut == split.future.at.min()


@pytest.mark.parametrize("since", [0, 1, 2 * FEWEST_TEST_DECISIONS - 1])
def test_a_retraining_on_hardly_anything_new_is_refused(since: int) -> None:
    moment = int(EVENTS.at[-since]) if since else int(EVENTS.at[-1]) + 1
    with pytest.raises(Refused, match=f"only {since} decisions came since") as refused:
        split_since(EVENTS, Micros(moment))
    assert refused.value.code == "too_little"
