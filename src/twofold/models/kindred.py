"""People whose taste is like a viewer's, among everyone: the nearest viewer vectors by cosine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import faiss
import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.models.lists import ListNumbers, Lists, best


@dataclass(frozen=True, slots=True)
class Clusters:
    """Groups of people of like taste.

    Args:
        lists: (n,) each person's group.
        centres: (c, d) the middle of each group.
        probes: so many of the nearest groups are looked through for one viewer.
    """

    lists: ListNumbers
    centres: Floats
    probes: int


class Kindred:
    """Finds people of like taste: exactly, or where there are very many, in the groups nearest to the viewer.

    >>> kindred = Kindred.build(np.array([[2, 0], [0, 1], [1, 1]], np.float32), np.array([True, True, False]))
    >>> kindred.nearest(np.array([3, 1], np.float32), k=2)[0].tolist()
    [0, 1]
    """

    def __init__(self, keys: Keys, flat: faiss.IndexFlatIP, listed: tuple[Lists, Clusters] | None) -> None:
        self._keys, self._flat, self._listed = keys, flat, listed

    @classmethod
    def build(cls, viewers: Floats, has: NDArray[np.bool_], clusters: Clusters | None = None) -> Kindred:
        """Over the rows of (n, d) that ``has`` marks; rows are person keys. Without clusters it is exact."""
        keys, unit = np.flatnonzero(has).astype(np.int64), unit_rows(viewers)
        flat = faiss.IndexFlatIP(unit.shape[1])
        if clusters is not None:
            return cls(keys, flat, (Lists(unit, keys, clusters.lists), clusters))
        flat.add(np.ascontiguousarray(unit[keys]))
        return cls(keys, flat, None)

    def probing(self, probes: int) -> Kindred:
        """The same, looking through so many groups."""
        listed = None if self._listed is None else (self._listed[0], replace(self._listed[1], probes=probes))
        return Kindred(self._keys, self._flat, listed)

    def nearest(self, vector: Floats, k: int) -> tuple[Keys, Floats]:
        """The at most k people nearest in direction, best first, equals by key: keys and cosines.

        Nobody when the vector is zero or not finite.
        """
        length = float(np.linalg.norm(vector))
        if not 0 < length < np.inf or k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        unit = np.ascontiguousarray(vector / length, np.float32)
        if self._listed is not None:
            lists, clusters = self._listed
            near = clusters.centres @ unit
            probes = min(clusters.probes, len(near))
            return lists.read(unit, np.argpartition(-near, probes - 1)[:probes], k)
        scores, found = self._flat.search(unit[None], k)
        some = found[0] >= 0
        return best(self._keys[found[0][some]], scores[0][some], k)


def unit_rows(matrix: Floats) -> Floats:
    """The rows at length 1; zeros stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1), np.float32)
