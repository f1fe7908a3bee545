"""The exploration source is chance and nothing else."""

from __future__ import annotations

import numpy as np
from scipy.stats import chisquare

from twofold.sources.exploration import ExplorationSource
from twofold.testing.contracts.town import open_town, others, query_of, reason_of

TOWN = open_town(31)
SOURCE = ExplorationSource(TOWN)


def test_each_place_of_the_list_is_uniform_over_everyone_eligible() -> None:
    eligible = others(TOWN, 0)
    counts = np.zeros((5, 31))
    for seed in range(3_000):
        keys = SOURCE.candidates(query_of(0, seed=seed), eligible, 5).keys
        counts[np.arange(5), keys] += 1
    for place in range(5):
        assert chisquare(counts[place, 1:]).pvalue > 0.001


def test_it_draws_without_replacement_and_with_the_documents_score() -> None:
    found = SOURCE.candidates(query_of(0), others(TOWN, 0), 100)
    assert sorted(found.keys.tolist()) == list(range(1, 31))
    assert set(found.scores.tolist()) == {np.float32(0.1)}


def test_its_reason_is_public_and_always_the_same() -> None:
    assert {reason_of(SOURCE, query_of(0), key) for key in range(5)} == {"Someone new for you to discover"}
