"""Who somebody is: features of the profile, on a UTC day."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Floats
from twofold.features.definition import FeatureInput, feature
from twofold.features.side import Side

# So many interests make a complete profile; more would reward lists.
ENOUGH_INTERESTS = 5


@feature(per_person=True, of="candidate", twin="viewer_age")
def age(rows: FeatureInput) -> Floats:
    """Completed years of the candidate on the UTC day of the moment; NaN when the birth date is unknown."""
    return years(rows.candidate)


@feature(per_person=True, of="candidate")
def account_age_days(rows: FeatureInput) -> Floats:
    """Whole UTC days from the day the account was created to the day of the moment; 0 when it was created later.

    An account without a creation time was created when its earliest version was.
    """
    side = rows.candidate
    return np.asarray(np.maximum(side.as_of.days - side.profile.created_days, 0), np.float32)


@feature(per_person=True, of="candidate")
def interests_count(rows: FeatureInput) -> Floats:
    """How many interests the profile names; 0 when none."""
    return rows.candidate.profile.interest_counts.astype(np.float32)


@feature(per_person=True, of="candidate")
def has_bio(rows: FeatureInput) -> Floats:
    """1 when the profile has a bio that is more than white space, else 0."""
    return rows.candidate.profile.has_bio.astype(np.float32)


@feature(per_person=True, of="candidate")
def profile_completeness(rows: FeatureInput) -> Floats:
    """0..1: half for a bio, half for interests, of which five are enough."""
    profile = rows.candidate.profile
    interests = np.minimum(profile.interest_counts / ENOUGH_INTERESTS, 1)
    return ((profile.has_bio + interests) / 2).astype(np.float32)


@feature(of="viewer")
def viewer_age(rows: FeatureInput) -> Floats:
    """Completed years of the viewer; NaN when unknown."""
    return years(rows.viewer)


def years(side: Side) -> Floats:
    """Completed years; NaN when unknown."""
    found = side.profile.ages.astype(np.float32)
    return np.where(found < 0, np.float32(np.nan), found).astype(np.float32)
