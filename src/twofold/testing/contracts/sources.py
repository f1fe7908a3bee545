"""The contract of a source: subclass `SourceContract`, give the fixture `source`, and every promise is tested."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.models.loaded import LoadedModel
from twofold.pipeline.stages import Noted, Source
from twofold.population.population import Population
from twofold.testing.contracts.town import crowd, crowd_model, others, query_of


class SourceContract:
    """What every source promises.

    ::

        class TestMySource(SourceContract):
            @pytest.fixture
            def source(self, town: Population, model: LoadedModel) -> Source:
                return MySource(town, model)
    """

    @pytest.fixture
    def town(self) -> Population:
        """Sixty people who did a lot."""
        return crowd()

    @pytest.fixture
    def model(self) -> LoadedModel:
        """A first stage that has seen all of it."""
        return crowd_model()

    @pytest.fixture
    def source(self) -> Source:
        """The source to test."""
        raise NotImplementedError("give the fixture `source`")

    def test_it_has_a_name(self, source: Source) -> None:
        assert source.name
        assert source.name.isidentifier()

    @pytest.mark.parametrize("limit", [1, 5, 100])
    def test_it_brings_eligible_people_only_and_nobody_twice(
        self, source: Source, town: Population, limit: int
    ) -> None:
        for viewer in range(20):
            eligible = others(town, viewer)[viewer % 3 :: 2]
            found = source.candidates(query_of(viewer), eligible, limit)
            assert len(found) <= limit
            assert len(set(found.keys.tolist())) == len(found)
            assert set(found.keys.tolist()) <= set(eligible.tolist())

    def test_it_brings_the_best_first(self, source: Source, town: Population) -> None:
        for viewer in range(20):
            scores = source.candidates(query_of(viewer), others(town, viewer), 30).scores
            assert np.isfinite(scores).all()
            assert (np.diff(scores) <= 0).all()

    def test_of_nobody_it_brings_nobody(self, source: Source) -> None:
        assert len(source.candidates(query_of(0), np.empty(0, np.int64), 10)) == 0

    def test_the_same_chance_brings_the_same_people(self, source: Source, town: Population) -> None:
        one, two = (source.candidates(query_of(1, seed=7), others(town, 1), 10) for _ in range(2))
        assert one.keys.tolist() == two.keys.tolist()

    def test_it_leaves_what_it_was_given_as_it_was(self, source: Source, town: Population) -> None:
        eligible = others(town, 2)
        before = eligible.copy()
        source.candidates(query_of(2), eligible, 10)
        assert np.array_equal(eligible, before)

    def test_a_reason_is_a_sentence_without_anybodys_id(self, source: Source, town: Population) -> None:
        query = query_of(3)
        keys = source.candidates(query, others(town, 3), 20).keys
        for key, reason in zip(keys.tolist(), source.reasons(query, keys), strict=True):
            assert reason is None or (reason[0].isupper() and f"p{key}" not in reason.split())

    def test_one_that_tells_gives_no_reasons(self, source: Source, town: Population) -> None:
        if getattr(source, "tells", False):
            for viewer in range(20):
                assert not any(source.reasons(query_of(viewer), others(town, viewer)))

    def test_notes_are_sentences(self, source: Source, town: Population) -> None:
        if isinstance(source, Noted):
            assert all(note.strip() for note in source.notes(query_of(0), others(town, 0)))
