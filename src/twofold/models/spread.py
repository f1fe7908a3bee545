"""How each feature was spread over the rows a ranker learned from: what served values are compared with later."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twofold.domain.candidate import Floats
from twofold.domain.errors import Damaged
from twofold.metrics.drift import bin_shares
from twofold.models.artifact import JSON, REMEDY

BINS = 10

_DAMAGED = f"the spread of the model's features is not what was expected; {REMEDY}"


@dataclass(frozen=True, slots=True)
class Spread:
    """One feature's column at training; all figures but ``known`` are of the values that were known.

    Args:
        known: share of the rows where it was.
        mean, scale: mean and standard deviation.
        edges: rising cuts that put about equal shares into up to ten bins; equal ones are one.
        shares: (len(edges) + 1,) what each bin held.

    >>> spread = Spread.of(np.array([1, 2, 3, 4, np.nan], np.float32))
    >>> spread.known, spread.mean, len(spread.shares) == len(spread.edges) + 1
    (0.8, 2.5, True)
    """

    known: float
    mean: float
    scale: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, column: Floats) -> Spread | None:
        """Of a column (n,); None when nothing in it is known."""
        values = column[np.isfinite(column)].astype(np.float64)
        if not len(values):
            return None
        # Cuts are values that occur, so that no bin is empty.
        cuts = np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf"))
        edges = tuple(cuts[cuts < values.max()].tolist())
        mean, scale = float(values.mean()), float(values.std())
        return cls(len(values) / len(column), mean, scale, edges, bin_shares(values, edges))

    def to_document(self) -> dict[str, JSON]:
        """As JSON; `from_document` reads it back exactly."""
        figures: dict[str, JSON] = {"known": self.known, "mean": self.mean, "scale": self.scale}
        return {**figures, "edges": [*self.edges], "shares": [*self.shares]}

    @classmethod
    def from_document(cls, document: JSON) -> Spread:
        """Read back what `to_document` wrote.

        Raises:
            Damaged: a figure is missing or not finite, or there is not one share per bin.
        """
        if not isinstance(document, dict):
            raise Damaged(_DAMAGED)
        known, mean, scale = _figures([document.get(name) for name in ("known", "mean", "scale")])
        edges, shares = _figures(document.get("edges")), _figures(document.get("shares"))
        if len(shares) != len(edges) + 1:
            raise Damaged(_DAMAGED)
        return cls(known, mean, scale, edges, shares)


def spreads_of(names: tuple[str, ...], features: Floats) -> dict[str, Spread]:
    """By feature, of a matrix (n, d); features that nobody knew are left out."""
    found = {name: Spread.of(features[:, place]) for place, name in enumerate(names)}
    return {name: spread for name, spread in found.items() if spread is not None}


def _figures(values: JSON) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise Damaged(_DAMAGED)
    found = tuple(float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool))
    if len(found) != len(values) or not all(map(math.isfinite, found)):
        raise Damaged(_DAMAGED)
    return found
