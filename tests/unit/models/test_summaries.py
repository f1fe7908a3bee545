"""What is summed up of all vectors is kept with them, so that no first list has to read them all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from twofold.domain.errors import Damaged
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.time import Micros
from twofold.models.artifact import Artifact
from twofold.models.loaded import COLLABORATIVE_DOCUMENT, LoadedModel, vector_arrays
from twofold.models.vectors import Vectors

PEOPLE, D = 40, 5
RECORD = ModelRecord(
    version="m0001",
    type=ModelType.COLLABORATIVE,
    artifact="m0001",
    digest="",
    created_at=Micros(0),
    log_position=0,
    as_of=Micros(0),
)


def some_vectors() -> Vectors:
    rng = np.random.default_rng(3)
    one, other = (rng.normal(size=(PEOPLE, D)).astype(np.float16) for _ in range(2))
    has = rng.random((2, PEOPLE)) < 0.8
    return Vectors(one, other, has[0], has[1], regularization=10.0)


def built(**changed: NDArray[Any] | None) -> LoadedModel:
    arrays, document = vector_arrays(some_vectors())
    arrays = {name: array for name, array in {**arrays, **changed}.items() if array is not None}
    return LoadedModel.build(RECORD, Artifact(arrays, {COLLABORATIVE_DOCUMENT: document}, {}))


def test_sums_are_those_of_all_who_have_a_vector() -> None:
    vectors = some_vectors()
    for gram, matrix, has in zip(
        vectors.summed, (vectors.candidates, vectors.viewers), (vectors.has_candidate, vectors.has_viewer), strict=True
    ):
        rows = np.column_stack([np.ones(int(has.sum())), matrix[has].astype(np.float64)])
        np.testing.assert_allclose(gram, rows.T @ rows)


def test_a_model_brings_them_along_and_an_older_one_has_them_computed() -> None:
    kept, older = built(), built(grams=None, lengths=None)
    assert kept.vectors is not None
    assert older.vectors is not None
    assert kept.taste is not None
    assert older.taste is not None
    assert kept.vectors.grams is not None
    assert older.vectors.grams is None
    np.testing.assert_array_equal(kept.vectors.summed, older.vectors.summed)
    query, everyone = np.ones(D, np.float32), np.arange(PEOPLE)
    assert kept.taste.search(query, everyone, 9)[0].tolist() == older.taste.search(query, everyone, 9)[0].tolist()
    assert kept.vectors.usual(query, "viewers") == replace(kept.vectors, grams=None).usual(query, "viewers")


@pytest.mark.parametrize(
    "changed",
    [
        {"grams": np.zeros((2, D, D))},
        {"grams": np.zeros((2, D + 1, D + 1), np.float32)},
        {"grams": np.full((2, D + 1, D + 1), np.nan)},
        {"lengths": np.zeros(PEOPLE - 1, np.float32)},
        {"lengths": np.zeros(PEOPLE)},
        {"lengths": np.full(PEOPLE, np.inf, np.float32)},
        {"lengths": np.full(PEOPLE, -1, np.float32)},
    ],
)
def test_what_cannot_be_theirs_is_damaged(changed: dict[str, NDArray[Any]]) -> None:
    with pytest.raises(Damaged):
        built(**changed)
