"""How good lists are: what they find, and how high up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def recall_at(ranked: Sequence[int], relevant: Collection[int], k: int) -> float:
    """Share of what could be found in k places that was found: hits / min(k, relevant); NaN when nothing is relevant.

    >>> recall_at([4, 7, 9], {7, 1}, k=2)
    0.5
    """
    wanted = set(relevant)
    if not wanted:
        return float("nan")
    hits = sum(1 for key in ranked[:k] if key in wanted)
    return hits / min(k, len(wanted))


def ndcg_at(ranked: Sequence[int], relevant: Collection[int], k: int) -> float:
    """Normalised discounted cumulative gain with 0/1 gains: 1 when all relevant stand on top; NaN without relevant.

    A hit at place i (from 1) counts 1 / log2(i + 1) (Järvelin and Kekäläinen, 2002).

    >>> ndcg_at([4, 7], {4}, k=2)
    1.0
    """
    wanted = set(relevant)
    if not wanted:
        return float("nan")
    discounts = 1 / np.log2(np.arange(2, k + 2))
    gains = [float(discounts[place]) for place, key in enumerate(ranked[:k]) if key in wanted]
    return sum(gains) / float(discounts[: min(k, len(wanted))].sum())


def recall_of_hits(hits: NDArray[np.bool_], relevant: NDArray[np.int64], k: int) -> Doubles:
    """`recall_at` of n lists at once; NaN where nothing is relevant.

    Args:
        hits: (n, places) whether each place of each list holds somebody relevant.
        relevant: (n,) how many are.

    >>> recall_of_hits(np.array([[True, False]]), np.array([1]), k=2)
    array([1.])
    """
    return _divided(hits[:, :k].sum(axis=1), np.minimum(k, relevant), relevant)


def ndcg_of_hits(hits: NDArray[np.bool_], relevant: NDArray[np.int64], k: int) -> Doubles:
    """`ndcg_at` of n lists at once; arguments as `recall_of_hits`.

    >>> ndcg_of_hits(np.array([[True, False]]), np.array([1]), k=2)
    array([1.])
    """
    places = min(k, hits.shape[1])
    gained = hits[:, :places] @ (1 / np.log2(np.arange(2, places + 2)))
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, k + 2)))])
    return _divided(gained, ideal[np.minimum(k, relevant)], relevant)


def _divided(found: NDArray[Any], possible: NDArray[Any], relevant: NDArray[np.int64]) -> Doubles:
    result = np.full(len(relevant), np.nan)
    np.divide(found, possible, out=result, where=relevant > 0)
    return result
