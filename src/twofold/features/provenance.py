"""Which sources of the first stage brought the candidate: known for lists that were made, not for decisions alone."""

from __future__ import annotations

from twofold.domain.candidate import Floats
from twofold.features.brought import brought_by
from twofold.features.definition import FeatureInput, feature


@feature()
def brought_by_collaborative(rows: FeatureInput) -> Floats:
    """1 when the collaborative source brought the candidate, else 0; NaN where nobody knows."""
    return brought_by(rows.brought, "collaborative", len(rows))


@feature()
def brought_by_content(rows: FeatureInput) -> Floats:
    """1 when the content source brought the candidate, else 0; NaN where nobody knows."""
    return brought_by(rows.brought, "content", len(rows))


@feature()
def brought_by_friends(rows: FeatureInput) -> Floats:
    """1 when friends of friends brought the candidate, else 0; NaN where nobody knows."""
    return brought_by(rows.brought, "friends", len(rows))


@feature()
def brought_by_popular(rows: FeatureInput) -> Floats:
    """1 when the popular source brought the candidate, else 0; NaN where nobody knows."""
    return brought_by(rows.brought, "popular", len(rows))


@feature(tells=True)
def brought_by_admirers(rows: FeatureInput) -> Floats:
    """1 when the source of people who like the viewer brought the candidate, else 0; NaN where nobody knows."""
    return brought_by(rows.brought, "admirers", len(rows))


@feature()
def brought_by_exploration(rows: FeatureInput) -> Floats:
    """1 when exploration brought the candidate, else 0; NaN where nobody knows."""
    return brought_by(rows.brought, "exploration", len(rows))
