"""The past never holds a moment of the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.domain.changes import EventColumns
from twofold.domain.errors import Refused
from twofold.domain.event import EventKind
from twofold.evaluation.data import digest_of
from twofold.evaluation.split import FEWEST_TEST_DECISIONS, labels, split_by_time


def log(times: list[int], kinds: list[EventKind]) -> EventColumns:
    """Events of one actor towards another, at times."""
    count = len(times)
    keys = np.zeros(count, np.int64)
    kind = np.array([int(each) for each in kinds], np.int8)
    return EventColumns(np.arange(1, count + 1), keys, keys + 1, kind, np.array(times, np.int64))


@given(st.integers(0, 2**32 - 1), st.integers(20, 2_000), st.integers(300, 600))
def test_one_moment_is_on_one_side(seed: int, moments: int, count: int) -> None:
    times = np.random.default_rng(seed).integers(moments, size=count).tolist()
    split = split_by_time(log(times, [EventKind.DISLIKE] * len(times)))
    assert split.past.at.max() < split.cut == split.future.at.min()
    assert len(split.past) + len(split.future) == len(times)
    assert len(split.past) <= 0.8 * len(times)


def test_what_is_not_a_decision_is_neither() -> None:
    kinds = [EventKind.VIEW if number % 2 else EventKind.LIKE for number in range(1_000)]
    kinds[950] = EventKind.MATCH
    split = split_by_time(log(list(range(1_000)), kinds))
    assert set(np.concatenate([split.past.kind, split.future.kind]).tolist()) == {int(EventKind.LIKE)}
    assert split.base_rate == 1.0


def test_choices_are_made_on_the_last_eighth_of_the_past() -> None:
    split = split_by_time(log(list(range(1_000)), [EventKind.LIKE] * 1_000))
    assert (split.validate_from, split.cut) == (700, 800)


@pytest.mark.parametrize("times", [[], [7] * 1_000, list(range(2 * FEWEST_TEST_DECISIONS - 2))])
def test_too_little_is_refused_with_a_reason(times: list[int]) -> None:
    with pytest.raises(Refused, match=r"at least 50 decisions before and after"):
        split_by_time(log(times, [EventKind.LIKE] * len(times)))


def test_the_digest_tells_data_apart() -> None:
    kinds = [EventKind.LIKE] * 1_000
    one = digest_of(log(list(range(1_000)), kinds))
    assert one == digest_of(log(list(range(1_000)), kinds))
    kinds[0] = EventKind.PASS
    assert one != digest_of(log(list(range(1_000)), kinds))


def test_labels() -> None:
    kinds = [EventKind.LIKE, EventKind.SUPER_LIKE, EventKind.DISLIKE, EventKind.PASS]
    assert labels(log([1, 2, 3, 4], kinds)).tolist() == [1, 1, 0, 0]
