"""The contract of a filter: subclass `FilterContract`, give the fixture `filter_`, and every promise is tested."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.candidate import Removed
from twofold.pipeline.stages import Filter
from twofold.population.population import Population
from twofold.testing.contracts.town import crowd, query_of


class FilterContract:
    """What every filter promises: a verdict per person, about that person alone.

    ::

        class TestMyFilter(FilterContract):
            @pytest.fixture
            def filter_(self, town: Population) -> Filter:
                return MyFilter(town)
    """

    @pytest.fixture
    def town(self) -> Population:
        """Sixty people who did a lot."""
        return crowd()

    @pytest.fixture
    def filter_(self) -> Filter:
        """The filter to test."""
        raise NotImplementedError("give the fixture `filter_`")

    def test_it_has_a_name_and_says_whether_it_is_safety(self, filter_: Filter) -> None:
        assert filter_.name.isidentifier()
        assert isinstance(filter_.safety, bool)

    def test_it_gives_one_known_code_per_person(self, filter_: Filter, town: Population) -> None:
        everyone = town.columns.everyone()
        for viewer in range(20):
            codes = filter_.judge(query_of(viewer), everyone)
            assert codes.dtype == np.uint8
            assert codes.shape == everyone.shape
            assert {int(code) for code in codes} <= set(Removed)

    def test_nobody_is_no_special_case(self, filter_: Filter) -> None:
        assert filter_.judge(query_of(0), np.empty(0, np.int64)).shape == (0,)

    def test_a_verdict_does_not_depend_on_who_else_is_judged(self, filter_: Filter, town: Population) -> None:
        everyone = town.columns.everyone()
        for viewer in range(10):
            query = query_of(viewer, exclude={1, 4})
            whole = filter_.judge(query, everyone)
            mixed = np.random.default_rng(viewer).permutation(everyone)
            assert np.array_equal(filter_.judge(query, mixed), whole[mixed])
            alone = [int(filter_.judge(query, everyone[[row]])[0]) for row in range(len(everyone))]
            assert alone == whole.tolist()

    def test_it_leaves_what_it_was_given_as_it_was(self, filter_: Filter, town: Population) -> None:
        everyone = town.columns.everyone()
        before = everyone.copy()
        filter_.judge(query_of(2), everyone)[:] = 1
        assert np.array_equal(everyone, before)
        assert np.array_equal(filter_.judge(query_of(2), everyone), filter_.judge(query_of(2), everyone))
