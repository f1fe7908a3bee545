"""The four-rates model: how often the two people like and are liked, as of any moment."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import EventColumns
from twofold.evaluation.baselines.contract import Moments
from twofold.evaluation.baselines.directions import Together, harmonic
from twofold.evaluation.split import labels
from twofold.training.four_rates import RateModel, fit_rates

PRIOR_WEIGHT = 4.0  # decisions' worth of the base rate, so that one decision moves little


class RunningRates:
    """Smoothed share of likes per person, as of any moment.

    Args:
        keys: (m,) whose each decision is.
        at: (m,) times.
        liked: (m,) 1 or 0.
        base: what somebody without decisions is said to have.

    >>> rates = RunningRates(np.array([7, 7]), np.array([10, 20]), np.array([1.0, 0.0]), base=0.5)
    >>> rates.before(np.array([7, 7, 8]), np.array([10, 11, 99])).tolist()
    [0.5, 0.6, 0.5]
    """

    def __init__(self, keys: Keys, at: Moments, liked: Doubles, base: float) -> None:
        self._times = np.unique(at)
        self._width = len(self._times) + 1
        places = keys * self._width + np.searchsorted(self._times, at)
        order = np.argsort(places, kind="stable")
        self._places = places[order]
        self._likes = np.concatenate([[0.0], np.cumsum(liked[order])])
        self._base = base

    def before(self, keys: Keys, moments: Moments) -> Doubles:
        """(m,) the rate of each person from strictly before each moment."""
        begin = np.searchsorted(self._places, keys * self._width)
        end = np.searchsorted(self._places, keys * self._width + np.searchsorted(self._times, moments))
        likes = self._likes[end] - self._likes[begin]
        return np.asarray((likes + PRIOR_WEIGHT * self._base) / (end - begin + PRIOR_WEIGHT), np.float64)


class FourRates:
    """P(like) from the rates of likes given and received of both people.

    Args:
        decisions: all there are: a row sees those strictly before its own moment.
        base: the past's share of likes.

    Call `fit` before the rest.
    """

    name = "four_rates"
    what = "logistic model on the rates of likes given and received of both people"

    def __init__(self, decisions: EventColumns, base: float, together: Together = harmonic) -> None:
        liked = labels(decisions)
        self._given = RunningRates(decisions.actor, decisions.at, liked, base)
        self._received = RunningRates(decisions.target, decisions.at, liked, base)
        self._together = together
        self._model: RateModel | None = None
        self._moment = 0

    def columns(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """(m, 4) given and received rates, of the viewer and of the candidate."""
        return np.column_stack(
            [rates.before(keys, moments) for keys in (viewers, candidates) for rates in (self._given, self._received)]
        )

    def fit(self, rows: EventColumns, moments: Moments, list_moment: int) -> FourRates:
        """Learn from decisions, each as of a moment of its own; lists are made as of ``list_moment``."""
        self._model = fit_rates(self.columns(rows.actor, rows.target, moments), labels(rows))
        self._moment = list_moment
        return self

    def predict(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """(m,) P(like)."""
        if self._model is None:
            raise ValueError("fit comes before predict")
        return self._model.predict(self.columns(viewers, candidates, moments))

    def scores(self, viewer: int, candidates: Keys) -> Doubles:
        """(m,) both directions at the moment of the lists, put together."""
        viewers, moments = np.full(len(candidates), viewer), np.full(len(candidates), self._moment)
        there = self.predict(viewers, candidates, moments)
        return self._together(there, self.predict(candidates, viewers, moments))


class ReceivedRate(FourRates):
    """P(like) from the candidate's rate of likes received alone: popularity as a share. As `FourRates`."""

    name = "popularity"
    what = "the rate of likes received"

    def columns(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """(m, 1) the candidate's received rate."""
        return super().columns(viewers, candidates, moments)[:, 3:]
