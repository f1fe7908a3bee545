"""From a ranker's probability to one that means what it says: a map that was fitted on later decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from twofold.compiled import Column, Written, compiled
from twofold.domain.candidate import Doubles
from twofold.domain.errors import Damaged
from twofold.models.artifact import JSON, REMEDY

SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising map of probabilities, then a shift of their log-odds.

    Args:
        kind: ``none``, ``platt`` (a line in log-odds; Platt, 1999) or ``isotonic`` (steps joined by lines; Zadrozny and
            Elkan, 2002).
        slope, intercept: of the line.
        said, seen: (k,) rising probabilities, and what they turned out to be.
        shift: added to the log-odds at the end.

    >>> Calibration("platt", slope=1.0, intercept=0.0).apply(np.array([0.25])).tolist()
    [0.25]
    """

    kind: str = "none"
    slope: float = 1.0
    intercept: float = 0.0
    said: tuple[float, ...] = ()
    seen: tuple[float, ...] = ()
    shift: float = 0.0

    def apply(self, probabilities: Doubles) -> Doubles:
        """(m,) calibrated; NaN stays NaN."""
        if self.kind == "none" and not self.shift:
            return probabilities
        line = (self.slope, self.intercept) if self.kind == "platt" else (1.0, 0.0)
        found = np.empty(len(probabilities))
        calibrate(probabilities, *self._steps(), line[0], line[1] + self.shift, found)
        return found

    def _steps(self) -> tuple[Doubles, Doubles]:
        """``said`` and ``seen`` of an isotonic map; nothing of another."""
        steps = (self.said, self.seen) if self.kind == "isotonic" else ((), ())
        return np.array(steps[0], np.float64), np.array(steps[1], np.float64)

    def shifted(self, shift: float) -> Calibration:
        """With so much more added to the log-odds."""
        return replace(self, shift=self.shift + shift)

    def to_document(self) -> dict[str, JSON]:
        """As JSON."""
        return {
            "kind": self.kind,
            "slope": self.slope,
            "intercept": self.intercept,
            "said": [*self.said],
            "seen": [*self.seen],
            "shift": self.shift,
        }

    @classmethod
    def from_document(cls, document: JSON) -> Calibration:
        """Read back what `to_document` wrote.

        Raises:
            Damaged: it is no rising map of finite figures.
        """
        if not isinstance(document, dict) or document.get("kind") not in ("none", "platt", "isotonic"):
            raise _damaged()
        figures = [_figure(document.get(name)) for name in ("slope", "intercept", "shift")]
        said, seen = (_rising(document.get(name)) for name in ("said", "seen"))
        fits = len(said) == len(seen) and (document["kind"] != "isotonic" or len(said) > 0)
        if not fits or figures[0] <= 0:
            raise _damaged()
        return cls(str(document["kind"]), figures[0], figures[1], said, seen, figures[2])


def _figure(value: JSON) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _damaged()
    return float(value)


def _rising(values: JSON) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise _damaged()
    found = tuple(_figure(value) for value in values)
    if any(one > other for one, other in pairwise(found)):
        raise _damaged()
    return found


def _damaged() -> Damaged:
    return Damaged(f"the calibration of the model is not what was expected; {REMEDY}")


@compiled
def calibrate(
    probabilities: Column[np.float64],
    said: Column[np.float64],
    seen: Column[np.float64],
    slope: float,
    intercept: float,
    found: Written[np.float64],
) -> None:
    """Fill in (m,) as `Calibration.apply`: the steps, if there are any, then a line in log-odds."""
    for row in range(len(probabilities)):
        mapped = probabilities[row]
        if len(said):
            mapped = between(mapped, said, seen)
        if not np.isnan(mapped):
            mapped = min(max(mapped, SMALLEST), 1 - SMALLEST)
        odds = slope * (np.log(mapped) - np.log1p(-mapped)) + intercept
        found[row] = 0.5 * (1.0 + np.tanh(0.5 * odds))


@compiled
def between(value: float, said: Column[np.float64], seen: Column[np.float64]) -> float:
    """On the line that joins the two steps around a value; NaN stays NaN."""
    last = len(said) - 1
    if np.isnan(value):
        return value
    if value >= said[last]:
        return float(seen[last])
    if value < said[0]:
        return float(seen[0])
    high = np.searchsorted(said, value, side="right")
    share = (value - said[high - 1]) / (said[high] - said[high - 1])  # below 1, however near the two steps are
    return float(seen[high - 1] + (seen[high] - seen[high - 1]) * share)
