"""The first stage's vectors: who likes what, and by whom one is liked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Floats, Keys
from twofold.domain.time import LATEST
from twofold.models.halves import as_single, known_rows

NO_POSITION = 2**62  # after everything: vectors of no fit in particular are never stale
SMALLEST = 1e-12  # no variance counts as less
LEVELS, PAIRS = 65, 20_000  # quantiles to about a hundredth
PART = 1 << 15  # rows that are added up in one go
BATCH = 1 << 12  # likes that are solved for in one go: 2 MB of vectors stay in the cache, twice as fast as 64 MB


@dataclass(frozen=True)
class Vectors:
    """Two matrices whose inner product says how much a viewer is expected to like a candidate; rows are person keys.

    Args:
        viewers: (n, d) float32 or float16, people as those who like; a model's are mapped from its files.
        candidates: (n, d) of the same, people as those who are liked.
        has_viewer, has_candidate: (n,) whether a row was learned; rows of others are not to be read.
        regularization: of the fit; folding in uses the same.
        confidence: what a like of weight 1 counts against something not seen, which counts 1.
        as_of, position: the fit has seen what is dated before this moment and written up to this log position.
        levels: (k,) rising inner products that equal shares of random pairs lie between; may be empty.
        grams: (2, d + 1, d + 1) of candidates and viewers: sums over all who have one of each vector's products with
            itself, a 1 before it. None: computed when first asked for, which reads all vectors.

    Keys of n and above have no vector: these people came after the fit.

    >>> one = np.ones((1, 2), np.float32)
    >>> Vectors(one, one, np.array([True]), np.array([True]), regularization=1.0).viewer(7) is None
    True
    """

    viewers: NDArray[Any]
    candidates: NDArray[Any]
    has_viewer: NDArray[np.bool_]
    has_candidate: NDArray[np.bool_]
    regularization: float
    confidence: float = 1.0
    as_of: int = LATEST
    position: int = NO_POSITION
    levels: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    grams: Doubles | None = None

    def __post_init__(self) -> None:
        n = len(self.viewers)
        columns = (self.has_viewer, self.has_candidate)
        if self.viewers.shape != self.candidates.shape or any(column.shape != (n,) for column in columns):
            raise ValueError("both matrices must have one shape, and both masks one entry per row")

    def knows_viewers(self, keys: Keys) -> NDArray[np.bool_]:
        """(m,) who has a vector as viewer."""
        inside = (keys >= 0) & (keys < len(self.has_viewer))
        inside[inside] = self.has_viewer[keys[inside]]
        return inside

    def viewer(self, key: int) -> Floats | None:
        """(d,) the vector of a person as viewer; None when nothing was learned."""
        if not 0 <= key < len(self.has_viewer) or not self.has_viewer[key]:
            return None
        return as_single(self.viewers[key])

    def as_viewers(self, keys: Keys) -> tuple[Floats, NDArray[np.bool_]]:
        """(m, d) the vectors of people as viewers, zeros where nothing was learned, and (m,) where something was."""
        return known_rows(self.viewers, self.has_viewer, keys)

    def as_candidates(self, keys: Keys) -> tuple[Floats, NDArray[np.bool_]]:
        """(m, d) the vectors of people as candidates, zeros where nothing was learned, and (m,) where something was."""
        return known_rows(self.candidates, self.has_candidate, keys)

    def knows_candidates(self, keys: Keys) -> NDArray[np.bool_]:
        """(m,) who has a vector as candidate."""
        inside = (keys >= 0) & (keys < len(self.has_candidate))
        inside[inside] = self.has_candidate[keys[inside]]
        return inside

    def fold_in(
        self, row: NDArray[np.int64], liked: Keys, weights: Floats, rows: int
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """The viewer vectors of people who like these, as one more step of the fit would make them.

        Solves users of implicit-feedback ALS: (YtY + Yu^T (Cu - I) Yu + reg I) x = Yu^T Cu 1, where Yu (k, d) are the
        vectors of those one person likes and Cu their confidences (Hu, Koren and Volinsky, 2008, eq. 4). With fewer
        likes than dimensions the inverse of the constant part is updated instead (Woodbury's identity): a system of
        k instead of d equations.

        Args:
            row: (n,) which of the people likes, rising.
            liked: (n,) keys.
            weights: (n,) positive weights of the likes (`domain.event.RULES`).
            rows: how many people.

        Returns:
            vectors (rows, d), and (rows,) whose could be solved: who likes somebody that has a vector.
        """
        usable = self.knows_candidates(liked)
        row, liked = row[usable], liked[usable]
        confidence = weights[usable].astype(np.float64) * self.confidence
        counts = np.bincount(row, minlength=rows)
        solved = np.zeros((rows, self.candidates.shape[1]), np.float32)
        starts = np.concatenate([[0], np.cumsum(counts)])
        for most in _sizes(counts):
            people = np.flatnonzero((counts > most // 2) & (counts <= most))
            for some in np.array_split(people, len(people) * most // BATCH + 1) if len(people) else ():
                solved[some] = self._solve(liked, confidence, starts[some], counts[some], most)
        return solved, counts > 0

    def _solve(
        self, liked: Keys, confidence: Doubles, starts: NDArray[np.int64], counts: NDArray[np.int64], most: int
    ) -> Doubles:
        """(b, d) vectors of b people with at most so many likes each; missing ones count nothing."""
        places = starts[:, None] + np.arange(most)
        there = np.arange(most) < counts[:, None]
        places = np.where(there, places, 0)
        like = as_single(self.candidates[liked[places]]).astype(np.float64) * there[..., None]
        weight = np.where(there, confidence[places], 0.0)
        more = np.where(there, weight - 1, 0.0)
        right = np.einsum("bkd,bk->bd", like, weight)
        if most >= self.candidates.shape[1]:
            left = self._constant + np.matmul(like.transpose(0, 2, 1) * more[:, None, :], like)
            return np.asarray(np.linalg.solve(left, right[..., None])[..., 0])
        carried = like @ self._inverse  # (b, k, d)
        inner = np.matmul(carried, like.transpose(0, 2, 1))  # (b, k, k)
        start = right @ self._inverse
        system = np.eye(most) + inner * more[:, None, :]
        moved = np.linalg.solve(system, np.einsum("bkd,bd->bk", like, start)[..., None])[..., 0]
        return np.asarray(start - np.einsum("bkd,bk->bd", carried, moved * more))

    def rank_of(self, products: Doubles) -> Doubles:
        """(m,) which share of all pairs has a smaller inner product, 0..1; NaN stays.

        A figure that means the same in any fit, whatever its scale.
        """
        if not len(self.levels):
            return np.where(np.isnan(products), np.nan, 0.5)
        return np.interp(products, self.levels, self._shares)

    def deviation_of(self, vectors: Floats, products: Doubles, side: Literal["candidates", "viewers"]) -> Doubles:
        """(m,) how far a vector's product lies from its mean over everybody on the other side, in standard deviations.

        Args:
            vectors: (m, d) or (1, d) of the one side.
            products: (m,) with somebody of the other ``side``.
        """
        mean, spread = self._moments[side]
        one = vectors.astype(np.float64)
        variance = ((one @ spread) * one).sum(axis=1)
        return np.asarray((products - one @ mean) / np.sqrt(np.maximum(variance, SMALLEST)))

    def usual(self, vector: Floats, side: Literal["candidates", "viewers"]) -> tuple[float, float]:
        """Mean and standard deviation of a vector's (d,) products with everybody on the other side."""
        mean, spread = self._moments[side]
        one = vector.astype(np.float64)
        return float(one @ mean), math.sqrt(max(float(one @ spread @ one), SMALLEST))

    @cached_property
    def exact_levels(self) -> Doubles:
        """(k,) `levels` in double precision."""
        return self.levels.astype(np.float64)

    @cached_property
    def _shares(self) -> Doubles:
        """(k,) the share of pairs below each level."""
        return np.linspace(0, 1, len(self.levels))

    @cached_property
    def _moments(self) -> dict[str, tuple[Doubles, Doubles]]:
        """Mean (d,) and covariance (d, d) of both sides' vectors."""
        found = {}
        for side, gram in zip(("candidates", "viewers"), self.summed, strict=True):
            mean, squares = gram[0, 1:] / max(gram[0, 0], 1), gram[1:, 1:]
            found[side] = (mean, squares / max(gram[0, 0], 1) - np.outer(mean, mean))
        return found

    @cached_property
    def summed(self) -> Doubles:
        """`grams`, computed where they are not known."""
        if self.grams is not None:
            return self.grams
        sides = (self.candidates, self.has_candidate), (self.viewers, self.has_viewer)
        return np.stack([_gram(matrix, has) for matrix, has in sides])

    @cached_property
    def _constant(self) -> Doubles:
        """(d, d) YtY + reg I over all candidates who have a vector."""
        squares = self.summed[0, 1:, 1:]
        return np.asarray(squares + self.regularization * np.eye(len(squares)))

    @cached_property
    def _inverse(self) -> Doubles:
        return np.asarray(np.linalg.inv(self._constant))


def levels_of(viewers: Floats, candidates: Floats, rng: np.random.Generator) -> Floats:
    """(LEVELS,) rising inner products that equal shares of random pairs lie between; empty when there are no pairs."""
    if not len(viewers) or not len(candidates):
        return np.empty(0, np.float32)
    one, other = rng.integers(len(viewers), size=PAIRS), rng.integers(len(candidates), size=PAIRS)
    products = np.einsum("ij,ij->i", viewers[one].astype(np.float64), candidates[other].astype(np.float64))
    return np.maximum.accumulate(np.quantile(products, np.linspace(0, 1, LEVELS))).astype(np.float32)


def _gram(matrix: NDArray[Any], has: NDArray[np.bool_]) -> Doubles:
    """(d + 1, d + 1) as `Vectors.grams`; in parts, so that no million rows are copied."""
    width = matrix.shape[1] + 1
    found = np.zeros((width, width))
    for start in range(0, len(matrix), PART):
        rows = as_single(matrix[start : start + PART][has[start : start + PART]]).astype(np.float64)
        found[0, 0] += len(rows)
        found[0, 1:] += rows.sum(axis=0)
        found[1:, 1:] += rows.T @ rows
    found[1:, 0] = found[0, 1:]
    return found


def _sizes(counts: NDArray[np.int64]) -> list[int]:
    """1, 2, 4, ... up to the largest count: people with nearly as many likes are solved together."""
    most = int(counts.max(initial=0))
    return [1 << power for power in range(max(most - 1, 0).bit_length() + 1)] if most else []
