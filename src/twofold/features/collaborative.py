"""Where somebody stands for others: features of the first stage's candidate vector."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twofold.domain.candidate import Floats
from twofold.features.definition import FeatureInput, feature

# An entry a hundred times smaller than the vector's largest moves an inner product by about as little as rounding does.
SPARSE_BELOW = 0.01


@feature(per_person=True, of="candidate")
def embedding_norm(rows: FeatureInput) -> Floats:
    """Euclidean length of the candidate's vector (1 is the mean of all who have one); 0 when there is none."""
    return _of_vectors(rows, lambda matrix: np.asarray(np.sqrt(np.einsum("ij,ij->i", matrix, matrix))))


@feature(per_person=True, of="candidate")
def embedding_sparsity(rows: FeatureInput) -> Floats:
    """Share of the candidate vector's entries smaller in size than 0.01 of its largest; 1 when there is none."""
    return _of_vectors(rows, _sparsity, absent=1.0)


def _sparsity(matrix: Floats) -> Floats:
    sizes = np.abs(matrix)
    largest = sizes.max(axis=1, keepdims=True)
    small = (sizes < SPARSE_BELOW * largest).mean(axis=1, dtype=np.float32)
    return np.where(largest[:, 0] > 0, small, np.float32(1)).astype(np.float32)


def _of_vectors(rows: FeatureInput, compute: Callable[[Floats], Floats], absent: float = 0.0) -> Floats:
    """(m,) a figure of each candidate's vector."""
    appeal = rows.candidate.appeal
    column = np.full(len(appeal.known), absent, np.float32)
    if appeal.known.any():
        column[appeal.known] = compute(appeal.rows[appeal.known])
    return column
