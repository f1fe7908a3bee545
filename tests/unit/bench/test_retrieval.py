"""Recall against exact search, with an index whose faults are known."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.bench.retrieval import Retrieval, exact, recall_of
from twofold.domain.candidate import Floats, Keys

PEOPLE = 400


def retrieval(rng: np.random.Generator, forget: float = 0.0) -> Retrieval:
    """An exact search that forgets a share of what it found."""
    vectors = rng.normal(size=(PEOPLE, 8)).astype(np.float32)
    has = rng.random(PEOPLE) < 0.9

    def search(vector: Floats, eligible: Keys, k: int) -> Keys:
        best = exact(vector, vectors, eligible[has[eligible]], k)
        return best[: len(best) - round(len(best) * forget)]

    return Retrieval(
        world="flat",
        viewers=vectors,
        candidates=vectors,
        has=has,
        eligible_of=lambda viewer: np.arange(viewer % 2, PEOPLE, 2),
        search=search,
        sources_of=lambda _viewer, _eligible: iter(("taste", "popular")),
    )


@pytest.mark.parametrize("forget", [0.0, 0.25])
def test_recall_is_the_share_of_the_best_that_was_found(forget: float) -> None:
    row = retrieval(np.random.default_rng(5), forget).measure(np.arange(30), limit=True)
    assert row.recall == pytest.approx(1 - forget, abs=0.01)
    assert (row.viewers, row.eligible, row.limit) == (30, 200, True)
    assert {name: spread.n for name, spread in row.sources_ms.items()} == {"taste": 30, "popular": 30}
    assert row.ms.n == row.search_ms.n == row.exact_ms.n == 30


def test_of_equals_any_is_found() -> None:
    people = np.ones((5, 2), np.float32)
    assert recall_of(np.array([3, 4]), np.array([0, 1]), people[0], people) == 1


def test_of_nobody_there_is_no_recall() -> None:
    nobody = np.empty(0, np.int64)
    assert np.isnan(recall_of(nobody, nobody, np.ones(2, np.float32), np.ones((5, 2), np.float32)))
    assert retrieval(np.random.default_rng(5)).measure(nobody, limit=False).viewers == 0
