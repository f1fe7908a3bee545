"""Who somebody is: features of the profile, on a UTC day."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Floats
from twofold.features.definition import FeatureInput, feature


@feature()
def age(rows: FeatureInput) -> Floats:
    """Completed years of the candidate on the UTC day of the moment; NaN when the birth date is unknown."""
    years = rows.ages.astype(np.float32)
    return np.where(years < 0, np.float32(np.nan), years).astype(np.float32)


@feature()
def account_age_days(rows: FeatureInput) -> Floats:
    """Whole UTC days from the day the account was created to the day of the moment; 0 when it was created later.

    An account without a creation time was created when its earliest version was.
    """
    created = rows.population.columns.created_day[rows.candidates]
    return np.asarray(np.maximum(rows.days - created, 0), np.float32)


@feature()
def interests_count(rows: FeatureInput) -> Floats:
    """How many interests the profile names; 0 when none."""
    return rows.population.columns.interests.sizes(rows.candidates).astype(np.float32)


@feature()
def has_bio(rows: FeatureInput) -> Floats:
    """1 when the profile has a bio that is more than white space, else 0."""
    return rows.population.columns.has_bio[rows.candidates].astype(np.float32)
