"""How often somebody likes and is liked, and how much that is known: features of both sides' decisions."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.features.definition import FeatureInput, feature
from twofold.population.history import Counters, Tally
from twofold.population.totals import Sums

# So many decisions of an average person stand behind every rate: on speed dating the best of 1, 2, 4, 8 and 16.
PRIOR_WEIGHT = 4.0
# The rate of everybody starts from one half, which so many decisions outweigh.
PRIOR_OF_ALL = 2.0
# Of somebody whom thousands decided about, the latest so many say enough.
RATERS = 50


@feature(of="viewer")
def viewer_like_rate(rows: FeatureInput) -> Floats:
    """Log-odds of the viewer liking somebody: likes given over decisions given, drawn towards everybody's rate.

    Rates of few decisions are drawn by four imagined decisions at the rate of all so far; the features of this module
    whose names end in ``_rate`` are all of this kind.
    """
    return rate(rows.viewer.given, rows.totals)


@feature(of="viewer")
def viewer_liked_rate(rows: FeatureInput) -> Floats:
    """Log-odds of the viewer being liked: likes received over decisions received."""
    return rate(rows.viewer.received, rows.totals)


@feature(of="candidate", twin="viewer_like_rate")
def candidate_like_rate(rows: FeatureInput) -> Floats:
    """Log-odds of the candidate liking somebody."""
    return rate(rows.candidate.given, rows.totals)


@feature(of="candidate", twin="viewer_liked_rate")
def candidate_liked_rate(rows: FeatureInput) -> Floats:
    """Log-odds of the candidate being liked."""
    return rate(rows.candidate.received, rows.totals)


@feature(of="viewer")
def viewer_given(rows: FeatureInput) -> Floats:
    """log(1 + decisions given by the viewer / mean of all people at the moment)."""
    return share(rows.viewer.given, rows.totals)


@feature(of="viewer")
def viewer_received(rows: FeatureInput) -> Floats:
    """log(1 + decisions about the viewer / mean of all people at the moment)."""
    return share(rows.viewer.received, rows.totals)


@feature(of="candidate", twin="viewer_given")
def candidate_given(rows: FeatureInput) -> Floats:
    """log(1 + decisions given by the candidate / mean of all people at the moment)."""
    return share(rows.candidate.given, rows.totals)


@feature(of="candidate", twin="viewer_received")
def candidate_received(rows: FeatureInput) -> Floats:
    """log(1 + decisions about the candidate / mean of all people at the moment)."""
    return share(rows.candidate.received, rows.totals)


@feature(of="viewer")
def viewer_popularity(rows: FeatureInput) -> Floats:
    """log(1 + likes received lately by the viewer / mean of all people), likes fading by half in 30 days."""
    return lately(rows.viewer.received, rows.totals)


@feature(of="candidate", twin="viewer_popularity")
def candidate_popularity(rows: FeatureInput) -> Floats:
    """log(1 + likes received lately by the candidate / mean of all people), likes fading by half in 30 days."""
    return lately(rows.candidate.received, rows.totals)


@feature(of="candidate")
def candidate_surplus(rows: FeatureInput) -> Floats:
    """Likes that the candidate received beyond what those who decided usually give, over decisions + 4.

    Sum over the latest 50 people who decided about the candidate of like (1 or 0) less their own smoothed rate: being
    liked by the choosy counts more, and not being liked by those who like everybody counts against.
    """
    latest = rows.candidate.latest_received.newest(RATERS)
    as_of = rows.candidate.as_of.take(latest.row)
    raters = rows.population.given.tally(latest.other, as_of)
    usual = smoothed(raters, rows.totals.of(latest.row))
    surplus = np.bincount(latest.row, latest.positive - usual, len(rows.candidate.as_of))
    counted = np.bincount(latest.row, minlength=len(surplus))
    return (surplus / (counted + PRIOR_WEIGHT)).astype(np.float32)


def smoothed(counters: Counters | Tally, totals: Sums) -> Doubles:
    """(positives + 4 r) / (decisions + 4), r the rate of everybody on the days before."""
    all_ = (totals.positives + PRIOR_OF_ALL / 2) / (totals.decisions + PRIOR_OF_ALL)
    return np.asarray((counters.positives + PRIOR_WEIGHT * all_) / (counters.decisions + PRIOR_WEIGHT))


def rate(counters: Counters, totals: Sums) -> Floats:
    """Log-odds of (positives + 4 r) / (decisions + 4), r the rate of everybody on the days before."""
    likely = smoothed(counters, totals)
    return np.asarray(np.log(likely / (1 - likely)), np.float32)


def share(counters: Counters, totals: Sums) -> Floats:
    """Decisions as a multiple of what a person has on average, in logarithm."""
    return _multiple(counters.decisions.astype(np.float64), totals.decisions.astype(np.float64), totals)


def lately(counters: Counters, totals: Sums) -> Floats:
    """Decayed likes as a multiple of what a person has on average, in logarithm."""
    return _multiple(counters.decayed, totals.decayed, totals)


def _multiple(own: Doubles, of_all: Doubles, totals: Sums) -> Floats:
    # One imagined decision for each person keeps the first days' averages from being nearly nothing.
    mean = (of_all + 1.0) / np.maximum(totals.people, 1)
    return np.log1p(own / mean).astype(np.float32)
