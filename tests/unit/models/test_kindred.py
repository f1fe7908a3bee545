"""Who has a taste like whose: the lists hold everybody once, and recall is what it is said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twofold.models import kindred as module
from twofold.models.kindred import FLOOR, Kindred

RNG = np.random.default_rng(3)
CROWDS = RNG.normal(size=(40, 16))[RNG.integers(0, 40, 4_000)]
VIEWERS = (CROWDS + 0.3 * RNG.normal(size=(4_000, 16))).astype(np.float32)
HAS = RNG.random(4_000) < 0.9


def nearest(vector: np.ndarray, k: int) -> list[int]:
    """By comparing everyone in double precision."""
    rows = VIEWERS.astype(np.float64)
    cosines = rows @ vector / np.linalg.norm(rows, axis=1) / np.linalg.norm(vector)
    cosines[~HAS] = -np.inf
    return [int(key) for key in np.argsort(-cosines)[:k]]


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Kindred:
    monkeypatch.setattr(module, "LIST", 100)
    monkeypatch.setattr(module, "MOST_READ", 0.5)
    return Kindred.build(VIEWERS, HAS, few=1_000)


def test_few_people_are_all_compared() -> None:
    few = Kindred.build(VIEWERS, HAS)
    assert (len(few.centres), few.recall, few.why_exact) == (1, 1.0, None)
    for viewer in range(20):
        found, cosines = few.nearest(VIEWERS[viewer], 10)
        assert len(set(found.tolist()) & set(nearest(VIEWERS[viewer], 10))) >= 9  # of near equals, rounding decides
        assert (np.diff(cosines) <= 0).all()


def test_lists_hold_everyone_once_each_person_by_their_nearest_centre(listed: Kindred) -> None:
    assert len(listed.centres) == HAS.sum() // 100
    assert sorted(listed.keys.tolist()) == np.flatnonzero(HAS).tolist()
    place = np.repeat(np.arange(len(listed.centres)), np.diff(listed.starts))
    nearness = listed.rows.astype(np.float32) @ listed.centres.T
    best = nearness.max(axis=1)
    np.testing.assert_allclose(nearness[np.arange(len(place)), place], best, atol=1e-3)


def test_the_recall_that_is_told_is_reached_by_others_and_reads_fewer(listed: Kindred) -> None:
    assert listed.recall >= FLOOR
    assert listed.why_exact is None
    assert listed.probes < len(listed.centres)
    hits = [
        len(set(listed.nearest(VIEWERS[each], 50)[0].tolist()) & set(nearest(VIEWERS[each], 50))) for each in range(300)
    ]
    assert np.mean(hits) / 50 >= listed.recall - 0.05


def test_below_the_floor_everyone_is_compared_and_the_reason_told(listed: Kindred) -> None:
    poor = replace(listed, probes=1, recall=0.4)
    assert poor.why_exact is not None
    assert "0.400" in poor.why_exact
    exact = Kindred.build(VIEWERS, HAS)
    short = replace(listed, probes=1, recall=1.0)
    lost = 0
    for viewer in range(50):
        expected = exact.nearest(VIEWERS[viewer], 50)[0].tolist()
        assert poor.nearest(VIEWERS[viewer], 50)[0].tolist() == expected
        lost += short.nearest(VIEWERS[viewer], 50)[0].tolist() != expected
    assert lost  # reading one list does lose people, so the comparison above says something


def test_one_seed_gives_the_same_lists(listed: Kindred) -> None:
    again = Kindred.build(VIEWERS, HAS, few=1_000)
    for name in ("rows", "keys", "starts", "centres"):
        np.testing.assert_array_equal(getattr(again, name), getattr(listed, name))


@pytest.mark.parametrize("vector", [np.zeros(16), np.full(16, np.nan), np.full(16, np.inf)])
def test_a_vector_without_a_direction_finds_nobody(vector: np.ndarray) -> None:
    assert not len(Kindred.build(VIEWERS, HAS).nearest(vector.astype(np.float32), 5)[0])


@pytest.mark.parametrize(
    "spoil",
    [
        {"keys": np.zeros(3, np.int32)},
        {"starts": np.array([0, 9], np.int32)},
        {"starts": np.array([1, 3_000], np.int32)},
        {"centres": np.zeros((2, 16), np.float32)},
        {"probes": 2},
        {"probes": 0},
    ],
)
def test_parts_that_do_not_fit_are_refused(spoil: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="lists of like tastes"):
        replace(Kindred.build(VIEWERS, HAS), **spoil)  # type: ignore[arg-type]
