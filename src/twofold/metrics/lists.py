"""How good lists are: what they find, and how high up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np


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
