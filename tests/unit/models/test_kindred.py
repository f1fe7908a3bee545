"""People of like taste, exactly or by groups; a model's index that finds too little is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.errors import Damaged
from twofold.domain.model import ModelRecord, ModelType
from twofold.models.artifact import JSON, Array, Artifact
from twofold.models.kindred import Clusters, Kindred, unit_rows
from twofold.models.loaded import (
    CELLS,
    CENTRES,
    CLUSTERS,
    COLLABORATIVE_DOCUMENT,
    INDEX_DOCUMENT,
    LEAST_RECALL,
    LoadedModel,
    vector_arrays,
)
from twofold.models.vectors import Vectors
from twofold.testing.contracts.town import NOW

GROUPS = 10
RECORD = ModelRecord(
    version="m0001",
    type=ModelType.COLLABORATIVE,
    artifact="m0001",
    digest="",
    created_at=NOW,
    log_position=0,
    as_of=NOW,
)


def town(people: int = 600) -> tuple[Vectors, Clusters]:
    """People around ten tastes, and their groups."""
    rng = np.random.default_rng(4)
    centres = unit_rows(rng.normal(size=(GROUPS, 8)).astype(np.float32))
    groups = rng.integers(0, GROUPS, people).astype(np.int32)
    rows = (centres[groups] + rng.normal(scale=0.1, size=(people, 8))).astype(np.float32) * 3
    has = rng.random(people) < 0.9
    return Vectors(rows, rows, has, has, regularization=1.0), Clusters(groups, centres, 2)


def test_the_nearest_are_those_of_the_greatest_cosine() -> None:
    vectors, _ = town()
    kindred = Kindred.build(vectors.viewers, vectors.has_viewer)
    keys, cosines = kindred.nearest(vectors.viewers[5] * 7, 20)
    unit = unit_rows(vectors.viewers)
    expected = np.where(vectors.has_viewer, unit @ unit[5], -2)
    np.testing.assert_allclose(cosines, np.sort(expected)[::-1][:20], atol=1e-5)
    assert vectors.has_viewer[keys].all()


@pytest.mark.parametrize("vector", [np.zeros(8, np.float32), np.full(8, np.nan, np.float32)])
def test_nobody_is_near_to_no_taste(vector: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    vectors, clusters = town()
    for each in (None, clusters):
        assert not len(Kindred.build(vectors.viewers, vectors.has_viewer, each).nearest(vector, 5)[0])


def test_groups_find_what_lies_in_them_and_all_groups_find_all() -> None:
    vectors, clusters = town()
    exact = Kindred.build(vectors.viewers, vectors.has_viewer)
    kindred = Kindred.build(vectors.viewers, vectors.has_viewer, clusters)
    one = kindred.probing(1).nearest(vectors.viewers[5], 600)[0]
    assert set(clusters.lists[one].tolist()) == {clusters.lists[5]}
    for key in range(0, 600, 60):
        found, cosines = kindred.probing(GROUPS).nearest(vectors.viewers[key], 30)
        np.testing.assert_allclose(cosines, exact.nearest(vectors.viewers[key], 30)[1], atol=2e-3)
        assert vectors.has_viewer[found].all()


def loaded(recall: JSON, **spoilt: Array) -> LoadedModel:
    vectors, clusters = town()
    arrays, document = vector_arrays(vectors)
    arrays |= {CELLS: np.zeros(600, np.int32), CLUSTERS: clusters.lists, CENTRES: clusters.centres} | spoilt
    index: JSON = {"cells_recall": recall, "clusters_recall": recall, "probes": 2}
    return LoadedModel.build(RECORD, Artifact(arrays, {COLLABORATIVE_DOCUMENT: document, INDEX_DOCUMENT: index}))


def test_an_index_that_finds_too_little_gives_way_to_exact_search() -> None:
    vectors, _ = town()
    exact = Kindred.build(vectors.viewers, vectors.has_viewer).nearest(vectors.viewers[3], 500)[0]
    for recall, all_found in ((LEAST_RECALL - 0.01, True), (LEAST_RECALL, False)):
        people = loaded(recall).people
        assert people is not None
        assert (len(people.nearest(vectors.viewers[3], 500)[0]) == len(exact)) is all_found


@pytest.mark.parametrize(
    "spoilt",
    [
        {CELLS: np.zeros(3, np.int32)},
        {CELLS: np.full(600, -1, np.int32)},
        {CLUSTERS: np.full(600, GROUPS, np.int32)},
        {CLUSTERS: np.zeros(600, np.int64)},
        {CENTRES: np.zeros((GROUPS, 3), np.float32)},
    ],
)
def test_an_index_that_does_not_fit_is_damage(spoilt: dict[str, Array]) -> None:
    with pytest.raises(Damaged, match="index"):
        loaded(1.0, **spoilt)


@pytest.mark.parametrize("recall", [None, "much", True])
def test_an_index_without_a_recall_is_damage(recall: JSON) -> None:
    with pytest.raises(Damaged, match="recall"):
        loaded(recall)
