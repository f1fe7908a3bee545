"""A lenient filter that fails keeps everybody; whom a policy withholds is not shown; both are told."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.pipeline.fakes import ListSource, pipeline_of
from twofold.domain.candidate import Codes, Doubles, Keys
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool, Slate, best_first
from twofold.testing.contracts.town import query_of


class LenientFilter:
    """Cannot judge."""

    name, safety, lenient = "lenient", False, True

    def judge(self, query: Query, keys: Keys) -> Codes:
        raise ZeroDivisionError


class Withholding:
    """Withholds the first two rows."""

    name = "withholding"

    def __init__(self, codes: Codes | None = None) -> None:
        self._codes = codes

    def arrange(self, query: Query, pool: Pool, scores: Doubles) -> Slate:
        codes = np.zeros(len(pool), np.uint8)
        codes[:2] = 17
        return Slate(best_first(scores), np.full(len(pool), np.nan), codes if self._codes is None else self._codes)


def test_a_lenient_filter_that_fails_keeps_everybody_and_is_named() -> None:
    outcome = pipeline_of(ListSource("some", range(5)), filters=[LenientFilter()]).run(query_of(100))
    assert len(outcome.ranked.pool) == 5
    assert outcome.trace.failed["lenient"] == "ZeroDivisionError"
    assert outcome.trace.removed == {}


def test_whom_a_policy_withholds_is_not_shown_from_the_reserve_either() -> None:
    outcome = pipeline_of(ListSource("some", range(5)), policy=Withholding()).run(query_of(100))
    assert sorted(outcome.rows) == [2, 3, 4]
    assert outcome.trace.removed == {"exposed": 2}


@pytest.mark.parametrize("codes", [np.zeros(3, np.uint8), np.zeros(5, np.int64), np.full(5, 99, np.uint8)])
def test_codes_that_are_none_are_not_used(codes: Codes) -> None:
    outcome = pipeline_of(ListSource("some", range(5)), policy=Withholding(codes)).run(query_of(100))
    assert len(outcome.rows) == 5
    assert outcome.trace.failed["policy"] == "ValueError"
