"""How near two people are by whom both have to do with, each neighbour counting by how choosy it is.

Features of one moment for all rows; see `features.neighbours` for those of training rows with moments of their own.
Each is log(1 + 3 x the sum over the common neighbours of 1 / log(2 + their decisions)), after Adamic and Adar (2003).
"""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Floats
from twofold.features.definition import FeatureInput, feature
from twofold.features.meeting import Role
from twofold.features.standing import rank_liked_30

SCALE = 3.0


@feature()
def near_both_like(rows: FeatureInput) -> Floats:
    """By people whom both like."""
    return _near(rows, "given", "given", True, True)


@feature()
def near_liked_by_liked(rows: FeatureInput) -> Floats:
    """By people whom the viewer likes and who like the candidate."""
    return _near(rows, "given", "received", True, True)


@feature(tells=True)
def near_likes_admirers(rows: FeatureInput) -> Floats:
    """By people who like the viewer and whom the candidate likes."""
    return _near(rows, "received", "given", True, True)


@feature(tells=True)
def near_both_liked(rows: FeatureInput) -> Floats:
    """By people who like both."""
    return _near(rows, "received", "received", True, True)


@feature()
def near_declined_by_liked(rows: FeatureInput) -> Floats:
    """By people whom the viewer likes and who declined the candidate."""
    return _near(rows, "given", "received", True, False)


@feature()
def near_liked_by_declined(rows: FeatureInput) -> Floats:
    """By people whom the viewer declined and who like the candidate."""
    return _near(rows, "given", "received", False, True)


@feature()
def taste_above(rows: FeatureInput) -> Floats:
    """log(1 + deviations by which the candidate fits the viewer's taste better than people do on average); else 0."""
    return np.log1p(rows.above).astype(np.float32)


@feature(tells=True)
def taste_back_above(rows: FeatureInput) -> Floats:
    """log(1 + deviations by which the viewer fits the candidate's taste better than people's on average); else 0."""
    return np.log1p(rows.above_back).astype(np.float32)


@feature(tells=True)
def taste_mutual(rows: FeatureInput) -> Floats:
    """Geometric mean of the deviations in both directions; 0 where either is below the average or unknown."""
    return np.asarray(np.sqrt(rows.above * rows.above_back), np.float32)


@feature(tells=True)
def super_liked_by_candidate(rows: FeatureInput) -> Floats:
    """1 when the candidate's like of the viewer is a super like, else 0."""
    return rows.returned.super_liked.astype(np.float32)


@feature(tells=True)
def days_liked_by_candidate(rows: FeatureInput) -> Floats:
    """log(1 + days since the candidate liked the viewer); 0 when not."""
    days = np.maximum(rows.as_of.moments - rows.returned.at, 0) / 86_400_000_000
    return np.where(rows.returned.liked, np.log1p(days), 0.0).astype(np.float32)


@feature(tells=True)
def rank_of_candidate_who_likes(rows: FeatureInput) -> Floats:
    """`rank_liked_30` of the candidate where the candidate likes the viewer, else 0."""
    return np.where(rows.returned.liked, rows.column(rank_liked_30), 0.0).astype(np.float32)


@feature(tells=True)
def liked_by_one_of(rows: FeatureInput) -> Floats:
    """1 / the likes that the viewer received, where one of them is the candidate's, else 0."""
    admirers = np.maximum(rows.viewer.received_tally.positives, 1)
    return np.asarray(np.where(rows.returned.liked, 1 / admirers, 0.0), np.float32)


def _near(rows: FeatureInput, mine: Role, theirs: Role, mine_like: bool, theirs_like: bool) -> Floats:
    sums = rows.weighed(mine, theirs)[int(mine_like), int(theirs_like)]
    return np.asarray(np.log1p(SCALE * sums), np.float32)
