"""Who has a taste like whose: everyone's viewer vectors in lists of near ones, of which a search reads a few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.models.halves import as_single
from twofold.models.index import Rows

# Up to so many people all are compared (a tenth of a millisecond); more lie in lists of about LIST people.
FEW, LIST = 20_000, 1_000
# Recall that a search should reach, and the share of everyone's lists that it may read for it: half a millisecond at
# a million people.
AIM, MOST_READ = 0.96, 0.08
FLOOR = 0.95  # below it, everyone is compared instead
SAMPLE, NEAREST = 200, 50  # recall is measured for so many people, of the so many nearest to each
_PER_LIST, _ROUNDS = 64, 8  # people that each centre is fitted to, and how often; more finds lists no better
_PART = 1 << 15


@dataclass(frozen=True)
class Kindred:
    """Everyone's viewer vectors at length 1, near ones side by side.

    Args:
        rows: (n, d) float16.
        keys: (n,) int32, whose.
        starts: (lists + 1,) int32, where each list begins, and where the last ends.
        centres: (lists, d) float32, what each list's vectors are near to.
        probes: lists that a search reads.
        recall: of the nearest NEAREST, against comparing everyone; measured when it was built.

    >>> few = Kindred.build(np.eye(3, dtype=np.float32), np.array([True, True, False]))
    >>> few.nearest(np.array([2, 1, 0], np.float32), 2)[0].tolist(), few.recall
    ([0, 1], 1.0)
    """

    rows: NDArray[np.float16]
    keys: NDArray[np.int32]
    starts: NDArray[np.int32]
    centres: Floats
    probes: int
    recall: float = 1.0

    def __post_init__(self) -> None:
        lists, people = len(self.centres), len(self.rows)
        fits = self.rows.ndim == 2 and self.centres.shape == (lists, self.rows.shape[1])
        fits = fits and self.keys.shape == (people,) and self.starts.shape == (lists + 1,) and lists > 0
        if not fits or self.starts[0] != 0 or self.starts[-1] != people or (np.diff(self.starts) < 0).any():
            raise ValueError("the lists of like tastes do not fit each other")
        if self.rows.dtype != np.float16 or not 1 <= self.probes <= lists:
            raise ValueError("the lists of like tastes are not of half precision, or too many of them are to be read")
        object.__setattr__(self, "_rows", Rows(self.rows))

    @classmethod
    def build(cls, viewers: NDArray[Any], has: NDArray[np.bool_], few: int | None = None, seed: int = 0) -> Kindred:
        """Of viewers (n, d), of whom those that ``has`` (n,) marks are known; up to ``few`` (FEW) in one list."""
        keys = np.flatnonzero(has).astype(np.int32)
        rows = np.empty((len(keys), viewers.shape[1]), np.float16)
        for start in range(0, len(keys), _PART):
            rows[start : start + _PART] = unit(as_single(viewers[keys[start : start + _PART]]))
        if len(keys) <= (FEW if few is None else few):
            return cls(rows, keys, np.array([0, len(keys)], np.int32), np.zeros((1, viewers.shape[1]), np.float32), 1)
        rng = np.random.default_rng(seed)
        centres = _centres(rows, max(len(keys) // LIST, 2), rng)
        place = _nearest_centre(rows, centres)
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(len(centres) + 1)).astype(np.int32)
        made = cls(rows[order], keys[order], starts, centres, len(centres))
        return made._tuned(unit(as_single(viewers[rng.choice(keys, min(SAMPLE, len(keys)), replace=False)])))

    @property
    def why_exact(self) -> str | None:
        """Why everyone is compared although there are lists; None when lists are used, or there is one."""
        if len(self.centres) == 1 or self.recall >= FLOOR:
            return None
        return (
            f"the lists of like tastes found {self.recall:.3f} of the nearest, less than {FLOOR}: "
            "everyone is compared, which takes longer"
        )

    @property
    def bytes(self) -> int:
        """Of all arrays."""
        return self.rows.nbytes + self.keys.nbytes + self.starts.nbytes + self.centres.nbytes

    def nearest(self, vector: Floats, k: int) -> tuple[Keys, Floats]:
        """The at most k people of the most like taste, best first, and the cosines; nobody for a vector of length 0."""
        length = float(np.sqrt(vector @ vector))
        if not 0 < length < np.inf:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        wanted = (vector / length).astype(np.float32)
        return self._within(wanted, k, len(self.centres) if self.why_exact else self.probes)

    def _within(self, wanted: Floats, k: int, probes: int) -> tuple[Keys, Floats]:
        rows: Rows = self._rows  # type: ignore[attr-defined]
        if probes >= len(self.centres):
            return rows.best_of_spans(wanted, [(0, len(self.keys))], k, self.keys)
        lists = np.sort(np.argpartition(-(self.centres @ wanted), probes - 1)[:probes])
        spans = zip(self.starts[lists].tolist(), self.starts[lists + 1].tolist(), strict=True)
        return rows.best_of_spans(wanted, list(spans), k, self.keys)

    def _tuned(self, wanted: Floats) -> Kindred:
        """With as few lists read as reach the aim for these people (s, d), or the most that may be read."""
        k = min(NEAREST, len(self.keys))
        best = [self._within(each, k, len(self.centres))[0] for each in wanted]
        most = max(int(len(self.centres) * MOST_READ), 1)
        probes = 1
        while True:
            found = [self._within(each, k, probes)[0] for each in wanted]
            recall = float(np.mean([len(np.intersect1d(*both)) / k for both in zip(found, best, strict=True)]))
            if recall >= AIM or probes >= most:
                return Kindred(self.rows, self.keys, self.starts, self.centres, probes, recall)
            probes = min(probes + 1 + probes // 4, most)


def unit(rows: Floats) -> Floats:
    """Rows at length 1; zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)


def _centres(rows: NDArray[np.float16], lists: int, rng: np.random.Generator) -> Floats:
    """(lists, d) by spherical k-means over a sample."""
    some = rng.choice(len(rows), min(lists * _PER_LIST, len(rows)), replace=False)
    seed = int(rng.integers(1 << 30))
    means = faiss.Kmeans(rows.shape[1], lists, niter=_ROUNDS, seed=seed, spherical=True, min_points_per_centroid=1)
    means.train(as_single(rows[np.sort(some)]))
    return np.asarray(means.centroids, np.float32).reshape(lists, rows.shape[1])


def _nearest_centre(rows: NDArray[np.float16], centres: Floats) -> NDArray[np.int64]:
    index = faiss.IndexFlatIP(centres.shape[1])
    index.add(centres)
    parts = [index.search(as_single(rows[at : at + _PART]), 1)[1][:, 0] for at in range(0, len(rows), _PART)]
    return np.concatenate(parts)
