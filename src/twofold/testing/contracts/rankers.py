"""The contract of a ranker: subclass `RankerContract`, give the fixture `ranker`, and every promise is tested."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.candidate import Floats
from twofold.features.spec import VERSIONS
from twofold.pipeline.stages import Ranker


class RankerContract:
    """What every ranker promises.

    ::

        class TestMyRanker(RankerContract):
            @pytest.fixture
            def ranker(self) -> Ranker:
                return MyRanker()
    """

    @pytest.fixture
    def ranker(self) -> Ranker:
        """The ranker to test."""
        raise NotImplementedError("give the fixture `ranker`")

    @pytest.fixture
    def features(self, ranker: Ranker) -> Floats:
        """(50, d) plausible rows of the ranker's own feature version."""
        width = len(VERSIONS[ranker.feature_version].names)
        return np.random.default_rng(0).gamma(1.0, 3.0, (50, width)).astype(np.float32)

    def test_it_says_what_it_is(self, ranker: Ranker) -> None:
        assert ranker.version
        assert ranker.feature_version in VERSIONS
        assert isinstance(ranker.calibrated, bool)

    def test_it_gives_one_number_per_row(self, ranker: Ranker, features: Floats) -> None:
        scores = ranker.predict(features)
        assert scores.shape == (50,)
        assert scores.dtype == np.float64
        assert np.isfinite(scores).all()

    def test_a_calibrated_number_is_a_probability(self, ranker: Ranker, features: Floats) -> None:
        scores = ranker.predict(features)
        assert not ranker.calibrated or ((scores >= 0) & (scores <= 1)).all()

    def test_no_rows_give_no_numbers(self, ranker: Ranker, features: Floats) -> None:
        assert ranker.predict(features[:0]).shape == (0,)
        assert ranker.contributions(features[:0]).shape == (0, features.shape[1])

    def test_a_row_means_the_same_in_any_company(self, ranker: Ranker, features: Floats) -> None:
        alone = [float(ranker.predict(features[[row]])[0]) for row in range(len(features))]
        assert np.allclose(ranker.predict(features), alone, rtol=1e-9)

    def test_an_unknown_feature_is_no_error(self, ranker: Ranker, features: Floats) -> None:
        features[::2] = np.nan
        assert ranker.predict(features).shape == (50,)

    def test_contributions_have_the_shape_of_the_features(self, ranker: Ranker, features: Floats) -> None:
        moved = ranker.contributions(features)
        assert moved.shape == features.shape
        assert np.isfinite(moved).all()

    def test_contributions_order_people_as_the_score_does(self, ranker: Ranker, features: Floats) -> None:
        total, scores = ranker.contributions(features).sum(axis=1), ranker.predict(features)
        by_total = scores[np.argsort(total, kind="stable")]
        assert (np.diff(by_total) >= -1e-9).all()
