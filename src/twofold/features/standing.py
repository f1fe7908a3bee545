"""Where somebody stands among everybody at the moment: ranks, which mean the same in a busy time as in a quiet one."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.features.definition import FeatureInput, feature
from twofold.population.crowd import Crowd

# The first few places are as good as each other.
SOFT = 4.0


@feature(of="candidate")
def rank_liked_7(rows: FeatureInput) -> Floats:
    """-log(4 + people who are liked more lately than the candidate), likes fading by half in 7 days."""
    return _liked(rows, 7)


@feature(of="candidate")
def rank_liked_30(rows: FeatureInput) -> Floats:
    """-log(4 + people who are liked more lately than the candidate), likes fading by half in 30 days."""
    return _liked(rows, 30)


@feature(of="candidate")
def rank_liked_180(rows: FeatureInput) -> Floats:
    """-log(4 + people who are liked more lately than the candidate), likes fading by half in 180 days."""
    return _liked(rows, 180)


@feature(of="candidate")
def rank_last_liked(rows: FeatureInput) -> Floats:
    """-log(4 + people who were decided about more recently than the candidate)."""
    return soft(Crowd.rank(rows.crowd.last_liked, rows.candidate.received.last.astype(np.float64)))


@feature(of="candidate")
def rank_last_active(rows: FeatureInput) -> Floats:
    """-log(4 + people who acted more recently than the candidate)."""
    return soft(Crowd.rank(rows.crowd.last_active, rows.candidate.given.last.astype(np.float64)))


@feature()
def account_ages_apart(rows: FeatureInput) -> Floats:
    """Share of all people whose account began between the two people's."""
    crowd = rows.crowd
    mine, theirs = (crowd.created_rank(side.profile.created_days) for side in (rows.viewer, rows.candidate))
    return np.asarray(np.abs(mine - theirs) / max(crowd.people, 1), np.float32)


@feature()
def activity_apart(rows: FeatureInput) -> Floats:
    """Share of all people whose last act was between the two people's."""
    among = rows.crowd.last_active
    mine, theirs = (Crowd.rank(among, side.last_act.astype(np.float64)) for side in (rows.viewer, rows.candidate))
    return np.asarray(np.abs(mine - theirs) / max(len(among), 1), np.float32)


def soft(ranks: Doubles) -> Floats:
    """-log(4 + rank)."""
    return np.asarray(-np.log(ranks + SOFT), np.float32)


def _liked(rows: FeatureInput, half_life: int) -> Floats:
    return soft(Crowd.rank(rows.crowd.liked[half_life], rows.candidate.fading(half_life)))
