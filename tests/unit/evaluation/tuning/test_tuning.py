"""A tuning: what it may look at, by whom it chooses and by whom it judges, and when it says that it is chance."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tests.unit.evaluation.tuning.world import CANDIDATES, NAMES, Adjusted, adjustable
from tests.unit.evaluation.world import PEOPLE, data_of, town
from twofold.domain.errors import Refused
from twofold.evaluation.protocols.course import Course
from twofold.evaluation.split import split_by_likes, split_by_time, validation_of
from twofold.evaluation.tuning.document import Tuning
from twofold.evaluation.tuning.tuning import Tune
from twofold.evaluation.tuning.worth import Worth

PRESETS = {"balanced": {"collaborative": 0.2, "content": 0.5, "exploration": 0.3}, "document": {"content": 1.0}}


def tuned(*, level: bool = False, seed: int = 0, **more: dict[str, float]) -> tuple[Tuning, Adjusted]:
    events = town()
    trials, handed = adjustable(events, PEOPLE, level=level)
    tune = Tune(
        data=data_of(events),
        split=split_by_time(events),
        names=NAMES,
        presets={**PRESETS, **more},
        metric="both",
        budget=120,
        candidates=CANDIDATES,
        course=Course(seed, lambda _part, _done: None),
    )
    found = tune.run(trials)
    return found, handed[0]


def test_the_source_that_knows_gets_the_candidates() -> None:
    found, _ = tuned()
    assert found.better
    assert found.tuned.shares["collaborative"] >= 0.7
    assert found.tuned.shares["exploration"] >= 0.05
    assert list(found.quotas) == ["tuned", "balanced", "document", "equal"]
    gain = found.quotas["balanced"].gain
    assert gain is not None
    assert 0 < gain.low <= gain.value <= gain.high
    assert set(found.sources) >= {"collaborative", "content"}


def test_where_sources_are_alike_it_is_no_gain() -> None:
    found, _ = tuned(level=True)
    assert not found.better
    gain = found.quotas["balanced"].gain
    assert gain is not None
    assert gain.low <= 0 <= gain.high


def test_what_is_configured_must_be_beaten_too() -> None:
    found, _ = tuned(configured={"collaborative": 0.95, "exploration": 0.05})
    assert not found.better


def test_nothing_of_the_test_is_seen() -> None:
    found, product = tuned()
    split = split_by_time(town())
    validation = validation_of(split)
    assert product.plan.cut == split.validate_from
    assert validation.past.at.max() < product.plan.cut <= validation.future.at.min()
    assert validation.future.at.max() < split.cut
    assert len(validation.past) + len(validation.future) == len(split.past)
    assert found.validate_until > found.train_until


def test_viewers_who_choose_do_not_judge() -> None:
    found, product = tuned()
    assert len(product.looked) == len(set(product.looked)) == found.viewers_searched
    assert abs(found.viewers_searched - found.viewers_judged) <= 1


def test_equal_seeds_give_equal_reports() -> None:
    (one, _), (other, _) = tuned(seed=3), tuned(seed=3)
    assert msgspec.structs.replace(one, seconds={}) == msgspec.structs.replace(other, seconds={})


def test_too_little_is_refused() -> None:
    with pytest.raises(Refused, match="validation part"):
        validation_of(split_by_time(town(decisions=300)))


def test_the_cut_of_likes_is_between_likes() -> None:
    split = split_by_likes(town())
    assert split.validate_from < split.cut


def test_a_gain_is_the_difference_of_the_values_and_certain_when_all_gain_alike() -> None:
    mutual = np.array([0.2, np.nan, 0.4, np.nan])
    low, high = Worth(np.full(4, 0.1), mutual), Worth(np.full(4, 0.3), mutual + 0.1)
    gain = high.better_than(low, "both", np.random.default_rng(0))
    assert gain.value == pytest.approx(high.value("both") - low.value("both"))
    assert gain.low == pytest.approx(gain.high) == pytest.approx(0.15)


def test_without_mutual_likes_recall_alone_counts() -> None:
    worth = Worth(np.array([0.2, 0.4]), np.full(2, np.nan))
    assert worth.value("both") == pytest.approx(0.3)
    assert worth.value("mutual") == 0.0
