"""Whom both people have to do with: features of common neighbours over the latest 200 decisions of each side."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Floats, Keys
from twofold.features.definition import FeatureInput, feature


@feature(turned="common_liked")
def common_liked(rows: FeatureInput) -> Floats:
    """log(1 + people whom both like)."""
    met = rows.met("given", "given")
    return np.log1p(count(rows, met.row[met.mine & met.theirs])).astype(np.float32)


@feature(tells=True, turned="common_admirers")
def common_admirers(rows: FeatureInput) -> Floats:
    """log(1 + people who like both)."""
    met = rows.met("received", "received")
    return np.log1p(count(rows, met.row[met.mine & met.theirs])).astype(np.float32)


@feature()
def liked_by_liked(rows: FeatureInput) -> Floats:
    """How many people whom the viewer likes like the candidate, less those who do not; sign times log(1 + n)."""
    met = rows.met("given", "received")
    liked, declined = met.row[met.mine & met.theirs], met.row[met.mine & ~met.theirs]
    return signed_log(count(rows, liked) - count(rows, declined))


@feature(tells=True)
def likes_admirers(rows: FeatureInput) -> Floats:
    """How many people who like the viewer the candidate likes, less those whom not; sign times log(1 + n)."""
    met = rows.met("received", "given")
    liked, declined = met.row[met.mine & met.theirs], met.row[met.mine & ~met.theirs]
    return signed_log(count(rows, liked) - count(rows, declined))


def signed_log(balance: Doubles) -> Floats:
    """Sign times log(1 + size).

    >>> signed_log(np.array([0.0, -1.0])).round(3).tolist()
    [0.0, -0.6930000185966492]
    """
    return (np.sign(balance) * np.log1p(np.abs(balance))).astype(np.float32)


def count(rows: FeatureInput, found: Keys) -> Doubles:
    """(m,) how often each pair is among the rows found."""
    return np.bincount(found, minlength=len(rows)).astype(np.float64)
