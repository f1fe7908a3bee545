"""What somebody did: features of the candidate's own events strictly before the moment."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Floats
from twofold.features.definition import FeatureInput, feature


@feature(per_person=True, of="candidate")
def total_interactions(rows: FeatureInput) -> Floats:
    """How many decisions (like, super_like, dislike, pass) the candidate gave before the moment; 0 when none."""
    return rows.candidate.given.decisions.astype(np.float32)


@feature(per_person=True, of="candidate")
def like_rate(rows: FeatureInput) -> Floats:
    """Likes and super likes given, divided by decisions given, before the moment; 0 when no decision was given."""
    counters = rows.candidate.given
    return (counters.positives / np.maximum(counters.decisions, 1)).astype(np.float32)


@feature(per_person=True, of="candidate")
def recent_activity_30d(rows: FeatureInput) -> Floats:
    """Events of any kind with the candidate as actor, before the moment, in the 30 UTC days that end with its own.

    The window is whole days: the moment's day and the 29 before it. A match counts as an act of who liked last.
    """
    return rows.candidate.given.recent.astype(np.float32)


@feature(per_person=True, of="candidate")
def activity_streak_days(rows: FeatureInput) -> Floats:
    """UTC days in a row with an event of the candidate before the moment, the last being its day or the day before.

    0 when there was no event on either of these two days.
    """
    return rows.candidate.given.streak.astype(np.float32)
