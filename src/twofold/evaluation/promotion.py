"""The promotion rule: what a challenger has to show, on the same rows and lists as the champion, before it serves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from twofold.domain.audit import Json
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.errors import Damaged
from twofold.metrics.exposure import gini
from twofold.metrics.intervals import Interval, grouped_interval
from twofold.metrics.probability import ece, ece_of_perfect, log_losses

# Lists may give up a little for better probabilities; ten promotions in a row lose at most a tenth.
NDCG_LOSS = 0.01
# What is said and what is seen differ by at most 3 points in 100; on few rows chance alone makes more of that.
ECE_LIMIT = 0.03
PERFECT_QUANTILE = 0.95
# Absolute, on a scale of 0 to 1; ten promotions in a row cost at most a fifth of it.
GINI_RISE = 0.02
# A bootstrap over fewer groups gives intervals that are too narrow to be believed.
FEWEST_VIEWERS = 20
# Sums in another order differ by this much; nobody is refused for it.
ROUNDING = 1e-12

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one model did on the held-out decisions and lists; both sides of a comparison have the same rows and lists.

    Args:
        labels: (n,) 1 where the viewer liked, 0 where not.
        probabilities: (n,) P(like), from features that are one day old.
        viewers: (n,) who decided.
        cold: (n,) whether the viewer or the candidate had at most 2 events before.
        list_viewers: (m,) whose lists were made.
        mutual_ndcg: (m,) NDCG@20 for mutual matches; NaN for a viewer who had none to find.
        exposure: (p,) how often each eligible person was on one of the lists, zeros included, in a fixed order.

    >>> one = Measured(labels=np.array([1.0]), probabilities=np.array([0.7]), viewers=np.array([4]),
    ...     cold=np.array([False]), list_viewers=np.array([4]), mutual_ndcg=np.array([0.5]), exposure=np.array([1, 0]))
    >>> one.usable
    True
    """

    labels: Doubles
    probabilities: Doubles
    viewers: Keys
    cold: Mask
    list_viewers: Keys
    mutual_ndcg: Doubles
    exposure: Counts

    def __post_init__(self) -> None:
        rows = {column.shape for column in (self.labels, self.probabilities, self.viewers, self.cold)}
        lists = {self.list_viewers.shape, self.mutual_ndcg.shape}
        if len(rows) > 1 or len(lists) > 1 or self.labels.ndim != 1 or self.list_viewers.ndim != 1:
            raise ValueError(f"columns must be equally long: those of rows are {rows}, those of lists {lists}")

    @property
    def strange(self) -> int:
        """How many of the probabilities are none (NaN, infinite, outside 0..1)."""
        return int((~((self.probabilities >= 0) & (self.probabilities <= 1))).sum())

    @property
    def usable(self) -> bool:
        """Whether all probabilities are some."""
        return not self.strange


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition of the rule.

    Args:
        name: a short stable name.
        passed: whether it holds.
        said: a sentence with the figures, for people.
        figure: what was measured; None where nothing could be.
        limit: what the figure was held against; None likewise.

    >>> Check(name="gini", passed=True, said="Gini 0.4 against the champion's 0.4", figure=0.4, limit=0.42).passed
    True
    """

    name: str
    passed: bool
    said: str
    figure: float | None = None
    limit: float | None = None

    def to_document(self) -> dict[str, Json]:
        """The check as JSON; what is not finite is null."""
        return {
            "name": self.name,
            "passed": self.passed,
            "said": self.said,
            "figure": _finite(self.figure),
            "limit": _finite(self.limit),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """All conditions of the rule on one challenger.

    >>> verdict = Verdict((Check(name="gini", passed=False, said="Gini 0.5 against 0.4"),))
    >>> verdict.passed, Verdict.from_document(verdict.to_document()) == verdict
    (False, True)
    """

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every condition holds."""
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The conditions that do not hold."""
        return tuple(check for check in self.checks if not check.passed)

    def to_document(self) -> dict[str, Json]:
        """The verdict as JSON."""
        return {"passed": self.passed, "checks": [check.to_document() for check in self.checks]}

    @classmethod
    def from_document(cls, document: object) -> Verdict:
        """The verdict of its JSON.

        Raises:
            Damaged: it is not a verdict's.
        """
        try:
            return msgspec.convert(document, cls)
        except msgspec.ValidationError:
            raise Damaged("a stored verdict cannot be read; `twofold models compare VERSION` measures anew") from None


def judge(champion: Measured, challenger: Measured, rng: np.random.Generator) -> Verdict:
    """Whether the challenger may take the champion's place.

    A promotion needs a measured gain: one that predicts as the champion does is refused.

    Args:
        champion, challenger: measured on the same rows, lists and people.
        rng: draws viewers for intervals and labels for the calibration limit; seed it, so that the verdict repeats.

    Raises:
        ValueError: the two were not measured on the same.
    """
    _check_same(champion, challenger)
    return Verdict(
        (
            _log_loss_check(champion, challenger, rng),
            _mutual_check(champion, challenger),
            _calibration_check(challenger, rng),
            _exposure_check(champion, challenger),
            _cold_check(champion, challenger, rng),
        )
    )


def _log_loss_check(champion: Measured, challenger: Measured, rng: np.random.Generator) -> Check:
    """Better, with the 95 % interval of the paired difference over viewers below 0."""
    name, labels = "log_loss", challenger.labels
    untold = _untold(champion, challenger)
    if untold is None and len(np.unique(labels)) < 2:
        alike = "all held-out decisions are alike" if len(labels) else "there are no held-out decisions"
        untold = f"{alike}, so that no gain can be measured"
    people = len(np.unique(challenger.viewers))
    if untold is None and people < FEWEST_VIEWERS:
        untold = f"only {people} people decided on somebody; {FEWEST_VIEWERS} are needed for an interval that tells"
    if untold is not None:
        return Check(name=name, passed=False, said=f"log loss: {untold}", limit=0.0)
    found, said = _compared(champion, challenger, np.ones(len(labels), bool), rng)
    passed = found.high < 0
    verdict = "a gain" if passed else "no measured gain: the interval has to lie below 0"
    return Check(name=name, passed=passed, said=f"log loss {said}: {verdict}", figure=found.mean, limit=0.0)


def _cold_check(champion: Measured, challenger: Measured, rng: np.random.Generator) -> Check:
    """Not significantly worse on cold rows: the interval of the paired difference does not lie above 0 as a whole.

    The plain difference would refuse every second challenger that is exactly as good: cold rows are few, and their mean
    moves by chance. A gain is asked for on all rows; here only harm that can be told from chance counts.
    """
    name, cold = "cold_log_loss", challenger.cold
    people = len(np.unique(challenger.viewers[cold]))
    if people < FEWEST_VIEWERS:
        few = f"only {people} people had such decisions, {FEWEST_VIEWERS} are needed" if people else "there are none"
        return Check(name=name, passed=True, said=f"log loss of cold decisions: not measurable, {few}", limit=0.0)
    untold = _untold(champion, challenger)
    if untold is not None:
        return Check(name=name, passed=False, said=f"log loss of cold decisions: {untold}", limit=0.0)
    found, said = _compared(champion, challenger, cold, rng)
    passed = found.low <= 0
    verdict = "not significantly worse" if passed else "worse: the interval must not lie above 0"
    return Check(
        name=name, passed=passed, said=f"log loss of cold decisions {said}: {verdict}", figure=found.mean, limit=0.0
    )


def _mutual_check(champion: Measured, challenger: Measured) -> Check:
    """Mutual NDCG@20, the mean over viewers, at most 1 % (relative) worse."""
    name = "mutual_ndcg"
    told = np.isfinite(champion.mutual_ndcg)
    if not told.any():
        said = "mutual NDCG@20: not measurable, nobody has a mutual match in the test"
        return Check(name=name, passed=True, said=said)
    before, after = float(champion.mutual_ndcg[told].mean()), float(challenger.mutual_ndcg[told].mean())
    limit = before * (1 - NDCG_LOSS)
    passed = after >= limit - ROUNDING
    said = (
        f"mutual NDCG@20 {after:.4f} against the champion's {before:.4f} over {int(told.sum())} people: "
        f"{'not worse' if passed else 'worse'} than the {limit:.4f} that may be"
    )
    return Check(name=name, passed=passed, said=said, figure=after, limit=limit)


def _calibration_check(challenger: Measured, rng: np.random.Generator) -> Check:
    """ECE below 0.03, or below what a perfectly calibrated model stays under 19 times out of 20."""
    name = "ece"
    if not len(challenger.labels) or challenger.strange:
        untold = f"{challenger.strange} predictions are no probabilities" if challenger.strange else "there are no rows"
        return Check(name=name, passed=False, said=f"ECE: {untold}", limit=ECE_LIMIT)
    found = ece(challenger.labels, challenger.probabilities)
    perfect = ece_of_perfect(challenger.probabilities, PERFECT_QUANTILE, rng)
    limit = max(ECE_LIMIT, perfect)
    passed = found < limit
    said = (
        f"ECE {found:.4f} on {len(challenger.labels)} decisions: {'below' if passed else 'not below'} {limit:.4f} "
        f"(a perfectly calibrated model stays below {perfect:.4f} in 95 of 100 cases)"
    )
    return Check(name=name, passed=passed, said=said, figure=found, limit=limit)


def _exposure_check(champion: Measured, challenger: Measured) -> Check:
    """Gini of exposure at most 0.02 higher."""
    name, before, after = "gini", gini(champion.exposure), gini(challenger.exposure)
    if math.isnan(before):
        said = "Gini of exposure: not measurable, the champion's lists show nobody"
        return Check(name=name, passed=True, said=said, figure=_finite(after))
    limit = before + GINI_RISE
    if math.isnan(after):
        return Check(name=name, passed=False, said="Gini of exposure: the challenger's lists show nobody", limit=limit)
    passed = after <= limit + ROUNDING
    said = (
        f"Gini of exposure {after:.4f} against the champion's {before:.4f}: "
        f"{'not above' if passed else 'above'} the {limit:.4f} that may be"
    )
    return Check(name=name, passed=passed, said=said, figure=after, limit=limit)


def _compared(champion: Measured, challenger: Measured, rows: Mask, rng: np.random.Generator) -> tuple[Interval, str]:
    """The difference of the log losses (challenger - champion) on some rows, and the words for it."""
    labels = challenger.labels[rows]
    before, after = (log_losses(labels, side.probabilities[rows]) for side in (champion, challenger))
    found = grouped_interval(after - before, challenger.viewers[rows], rng)
    said = (
        f"{after.mean():.4f} against the champion's {before.mean():.4f} on {len(labels)} decisions, difference "
        f"{found.mean:+.4f} (95 % interval {found.low:+.4f} to {found.high:+.4f})"
    )
    return found, said


def _untold(champion: Measured, challenger: Measured) -> str | None:
    """Why log losses cannot be compared, when they cannot."""
    for side, name in ((challenger, "challenger"), (champion, "champion")):
        if side.strange:
            return f"{side.strange} of the {name}'s {len(side.labels)} predictions are no probabilities"
    return None


def _check_same(champion: Measured, challenger: Measured) -> None:
    pairs: Mapping[str, tuple[NDArray[np.generic], NDArray[np.generic]]] = {
        "labels": (champion.labels, challenger.labels),
        "viewers": (champion.viewers, challenger.viewers),
        "cold": (champion.cold, challenger.cold),
        "list_viewers": (champion.list_viewers, challenger.list_viewers),
        "viewers with a mutual match": (np.isfinite(champion.mutual_ndcg), np.isfinite(challenger.mutual_ndcg)),
    }
    unlike = [name for name, (one, other) in pairs.items() if not np.array_equal(one, other)]
    if champion.exposure.shape != challenger.exposure.shape:
        unlike.append("people in exposure")
    if unlike:
        raise ValueError(f"both sides must be measured on the same rows and lists; these differ: {', '.join(unlike)}")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
