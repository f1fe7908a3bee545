"""How vectors are kept for search: nothing for few people, measured lists for many."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.models.kindred import Clusters
from twofold.models.loaded import CELLS, CENTRES, CLUSTERS
from twofold.models.vectors import Vectors
from twofold.population.population import Population
from twofold.testing.contracts.town import NOW, population_of, random_person
from twofold.training import listing as module
from twofold.training.course import Course
from twofold.training.listing import list_vectors

PEOPLE = 1_500


@pytest.fixture(scope="module")
def population() -> Population:
    rng = np.random.default_rng(5)
    return population_of([random_person(key, rng) for key in range(PEOPLE)])


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    rng = np.random.default_rng(6)
    viewers, candidates = (rng.normal(size=(PEOPLE, 8)).astype(np.float32) for _ in range(2))
    has = rng.random(PEOPLE) < 0.9
    return Vectors(viewers, candidates, has, has, regularization=1.0)


def course() -> Course:
    return Course(seed=1, threads=1, progress=lambda *_: None)


def test_few_people_are_searched_exactly(population: Population, vectors: Vectors) -> None:
    found = list_vectors(course(), vectors, population, NOW)
    assert (found.arrays, found.document, found.metrics) == ({}, {}, {})


def test_many_people_get_lists_whose_recall_is_known(
    population: Population, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EXACT_UP_TO", 1_000)
    monkeypatch.setattr(module, "PER_CLUSTER", 30)
    monkeypatch.setattr("twofold.models.index.GATHER_AT_MOST", 0)
    found, again = (list_vectors(course(), vectors, population, NOW) for _ in range(2))
    assert found.document == again.document
    assert all(np.array_equal(found.arrays[name], again.arrays[name]) for name in found.arrays)
    assert set(found.arrays) == {CELLS, CLUSTERS, CENTRES}
    assert found.arrays[CENTRES].shape == (int(vectors.has_viewer.sum()) // 30, 8)
    assert found.metrics["index_cells_recall"] >= 0.99
    assert found.metrics["index_clusters_recall"] >= 0.95
    assert found.document["probes"] in module.PROBED


def test_fewer_probes_find_less(vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_CLUSTER", 30)
    clusters = module.cluster(vectors, seed=1)
    viewers = np.flatnonzero(vectors.has_viewer)[:50]

    def recall(probes: int) -> float:
        monkeypatch.setattr(module, "PROBED", (probes,))
        chosen, found = module._enough_probes(vectors, clusters, viewers)
        assert chosen == Clusters(clusters.lists, clusters.centres, probes)
        return found

    assert 0 < recall(1) < recall(8) < recall(len(clusters.centres)) == 1.0


def test_people_of_one_gender_and_tile_share_a_cell(population: Population) -> None:
    cells, columns = module.cells_of(population.columns, PEOPLE), population.columns
    one, other = np.triu_indices(200, 1)
    together = cells[one] == cells[other]
    near = (columns.gender[one] == columns.gender[other]) & (np.abs(columns.lat[one] - columns.lat[other]) < 1e-9)
    assert together.any()
    assert (columns.gender[one][together] == columns.gender[other][together]).all()
    unplaced = np.isnan(columns.lat[one])
    assert (np.isnan(columns.lat[other]) == unplaced)[together].all()
    assert together[near].all()
