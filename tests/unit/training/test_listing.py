"""How vectors are kept for search: half the memory where recall stays, lists of like tastes whose recall is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twofold.domain.errors import Damaged
from twofold.models import kindred as module
from twofold.models.artifact import Array, Artifact, read_artifact, write_artifact
from twofold.models.loaded import KINDRED_RECALL, TASTE_RECALL, kindred_of, vectors_of
from twofold.models.vectors import Vectors
from twofold.population.population import Population
from twofold.testing.contracts.town import NOW, population_of, random_person
from twofold.training.course import Course
from twofold.training.listing import Listing, list_vectors, recall_among

PEOPLE = 900


@pytest.fixture(scope="module")
def population() -> Population:
    rng = np.random.default_rng(5)
    return population_of([random_person(key, rng) for key in range(PEOPLE)])


def fitted(offset: float = 0.0, known: float = 1.0) -> Vectors:
    rng = np.random.default_rng(8)
    viewers, candidates = rng.standard_normal((2, PEOPLE, 16)).astype(np.float32)
    has = rng.random(PEOPLE) < known
    candidates[~has] = np.nan
    return Vectors(viewers, candidates + np.float32(offset), np.ones(PEOPLE, bool), has, 1.0)


def listed(vectors: Vectors, population: Population) -> Listing:
    return list_vectors(Course(seed=1, threads=1, progress=lambda *_: None), vectors, population, NOW)


def test_half_precision_is_kept_where_it_finds_the_same_people(population: Population) -> None:
    found = listed(fitted(known=0.8), population)
    assert found.arrays["candidates"].dtype == found.arrays["viewers"].dtype == np.float16
    assert found.measured[TASTE_RECALL] >= 0.99
    assert found.measured[KINDRED_RECALL] == 1.0
    assert found.metrics == {f"index_{name}": value for name, value in found.measured.items()}


def test_vectors_whose_differences_rounding_would_swallow_stay_as_they_are(population: Population) -> None:
    vectors = fitted(offset=20_000.0)
    rounded = replace(vectors, candidates=vectors.candidates.astype(np.float16))
    everyone = {viewer: np.arange(PEOPLE) for viewer in range(20)}
    assert recall_among(vectors, rounded, everyone) < 0.9
    found = listed(vectors, population)
    assert found.arrays["candidates"].dtype == np.float32
    assert found.measured[TASTE_RECALL] == 1.0


def test_vectors_beyond_half_precision_stay_as_they_are(population: Population) -> None:
    assert listed(fitted(offset=1e6), population).arrays["viewers"].dtype == np.float32


def test_what_was_written_is_what_is_searched(
    population: Population, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIST", 50)
    monkeypatch.setattr(module, "FEW", 100)
    found = listed(fitted(), population)
    digest = write_artifact(tmp_path, "m1", found.arrays, found.documents, found.measured)
    artifact = read_artifact(tmp_path, "m1", digest)
    people = kindred_of(artifact, vectors_of(artifact))
    assert len(people.centres) == 18
    assert people.recall == found.measured[KINDRED_RECALL]
    # Vectors by chance have no near ones: the lists cannot reach the floor, and everyone is compared.
    assert people.recall < module.FLOOR
    assert people.why_exact is not None
    vector = vectors_of(artifact).viewer(3)
    assert vector is not None
    assert people.nearest(vector, 1)[0].tolist() == [3]


def test_a_model_of_before_is_searched_exactly(population: Population) -> None:
    found = listed(fitted(), population)
    documents = {name: each for name, each in found.documents.items() if name != "kindred"}
    whole = Artifact(found.arrays, documents)
    assert len(kindred_of(whole, vectors_of(whole)).centres) == 1


SPOILT: dict[str, list[Array]] = {
    "kindred_keys": [np.full(PEOPLE, PEOPLE, np.int32), np.arange(PEOPLE), np.zeros(3, np.int32)],
    "kindred_rows": [np.full((PEOPLE, 16), np.nan, np.float16), np.zeros((PEOPLE, 3), np.float16)],
    "kindred_starts": [np.array([0, 9], np.int32), np.array([0, PEOPLE])],
    "kindred_centres": [np.zeros((1, 3), np.float32), np.full((1, 16), np.inf, np.float32)],
}


@pytest.mark.parametrize("name", SPOILT)
def test_lists_that_are_incomplete_or_not_of_these_people_are_damaged(name: str, population: Population) -> None:
    found = listed(fitted(), population)
    vectors = vectors_of(Artifact(found.arrays, found.documents, found.measured))
    others = {each: value for each, value in found.arrays.items() if each != name}
    for wrong in ({}, *({name: array} for array in SPOILT[name])):
        with pytest.raises(Damaged, match="lists of like tastes"):
            kindred_of(Artifact(others | wrong, found.documents, found.measured), vectors)
    with pytest.raises(Damaged, match="lists of like tastes"):
        kindred_of(Artifact(found.arrays, found.documents), vectors)  # says no recall
