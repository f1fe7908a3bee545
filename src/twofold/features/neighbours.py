"""Whom both people have to do with: features of common neighbours over the latest 200 decisions of each side."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.features.definition import FeatureInput, feature


@feature(turned="common_liked")
def common_liked(rows: FeatureInput) -> Floats:
    """log(1 + people whom both like)."""
    return np.asarray(np.log1p(rows.common("given", "given")[1, 1]), np.float32)


@feature(tells=True, turned="common_admirers")
def common_admirers(rows: FeatureInput) -> Floats:
    """log(1 + people who like both)."""
    return np.asarray(np.log1p(rows.common("received", "received")[1, 1]), np.float32)


@feature()
def liked_by_liked(rows: FeatureInput) -> Floats:
    """How many people whom the viewer likes like the candidate, less those who do not; sign times log(1 + n)."""
    common = rows.common("given", "received")
    return signed_log(common[1, 1] - common[1, 0])


@feature(tells=True)
def likes_admirers(rows: FeatureInput) -> Floats:
    """How many people who like the viewer the candidate likes, less those whom not; sign times log(1 + n)."""
    common = rows.common("received", "given")
    return signed_log(common[1, 1] - common[1, 0])


def signed_log(balance: Doubles) -> Floats:
    """Sign times log(1 + size).

    >>> signed_log(np.array([0.0, -1.0])).round(3).tolist()
    [0.0, -0.6930000185966492]
    """
    return (np.sign(balance) * np.log1p(np.abs(balance))).astype(np.float32)
