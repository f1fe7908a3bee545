"""A model in memory, ready to serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twofold.domain.candidate import Floats
from twofold.domain.errors import Damaged
from twofold.domain.model import ModelRecord
from twofold.models.artifact import JSON, REMEDY, Array, Artifact
from twofold.models.index import VectorIndex
from twofold.models.vectors import Vectors

COLLABORATIVE_DOCUMENT = "collaborative"
RANKER_DOCUMENT = "ranker"


@dataclass(frozen=True)
class LoadedModel:
    """One registered version, verified.

    Args:
        record: what the registry says about it.
        vectors: the first stage; None when the artifact has none.
        taste: index over the candidates matrix: whom a viewer vector likes (inner product).
        people: index over the viewers matrix, rows of length 1: who likes the same people (cosine).
        artifact: all that was read; ``documents["ranker"]`` is the second stage.
    """

    record: ModelRecord
    vectors: Vectors | None
    taste: VectorIndex | None
    people: VectorIndex | None
    artifact: Artifact

    @classmethod
    def build(cls, record: ModelRecord, artifact: Artifact) -> LoadedModel:
        """Put together what an artifact holds.

        Raises:
            Damaged: arrays or figures do not fit each other.
        """
        if COLLABORATIVE_DOCUMENT not in artifact.documents:
            return cls(record, None, None, None, artifact)
        vectors = vectors_of(artifact)
        taste = VectorIndex.build(vectors.candidates, vectors.has_candidate)
        people = VectorIndex.build(_unit_rows(vectors.viewers), vectors.has_viewer)
        return cls(record, vectors, taste, people, artifact)


def vector_arrays(vectors: Vectors) -> tuple[dict[str, Array], dict[str, JSON]]:
    """The arrays and the document that keep vectors in an artifact; `vectors_of` reads them back."""
    arrays: dict[str, Array] = {
        "viewers": vectors.viewers,
        "candidates": vectors.candidates,
        "has_viewer": vectors.has_viewer,
        "has_candidate": vectors.has_candidate,
    }
    return arrays, {"regularization": vectors.regularization, "confidence": vectors.confidence}


def vectors_of(artifact: Artifact) -> Vectors:
    """The first stage of an artifact.

    Raises:
        Damaged: arrays or figures are missing or do not fit each other.
    """
    arrays, document = artifact.arrays, artifact.documents.get(COLLABORATIVE_DOCUMENT)
    if not isinstance(document, dict):
        raise Damaged(f"model file {COLLABORATIVE_DOCUMENT}.json is not what was expected; {REMEDY}")
    try:
        viewers, candidates = _matrix(arrays, "viewers"), _matrix(arrays, "candidates")
        return Vectors(
            viewers,
            candidates,
            arrays["has_viewer"].astype(bool),
            arrays["has_candidate"].astype(bool),
            _figure(document, "regularization"),
            _figure(document, "confidence"),
        )
    except (KeyError, ValueError) as error:
        raise Damaged(f"the vectors of the model are incomplete or of unequal length; {REMEDY}") from error


def _matrix(arrays: Mapping[str, Array], name: str) -> Floats:
    matrix = arrays[name]
    if matrix.ndim != 2 or matrix.dtype != np.float32 or not np.isfinite(matrix).all():
        raise ValueError(name)
    return matrix


def _figure(document: dict[str, JSON], name: str) -> float:
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(name)
    return float(value)


def _unit_rows(matrix: Floats) -> Floats:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1), np.float32)
