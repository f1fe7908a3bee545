"""What two people have in common, and what already passed between them: features of the pair."""

from __future__ import annotations

import numpy as np

from twofold.compiled import Column, Table, compiled
from twofold.domain.candidate import Doubles, Floats
from twofold.features.definition import FeatureInput, feature
from twofold.features.demographic import years
from twofold.population.columns import EARTH_RADIUS_KM, UNKNOWN
from twofold.population.vocabulary import WORD

EQUAL = np.empty(0, np.float32)


@feature(turned="age_gap")
def age_gap(rows: FeatureInput) -> Floats:
    """Years between the two ages; NaN when either is unknown."""
    return np.asarray(np.abs(years(rows.candidate) - years(rows.viewer)))


@feature(turned="same_place")
def same_place(rows: FeatureInput) -> Floats:
    """1 when both name the same place, else 0; NaN when either names none."""
    mine, theirs = rows.viewer.profile.places, rows.candidate.profile.places
    known = (mine != UNKNOWN) & (theirs != UNKNOWN)
    return np.where(known, mine == theirs, np.nan).astype(np.float32)


@feature(turned="distance")
def distance(rows: FeatureInput) -> Floats:
    """log(1 + kilometres between the two positions, great circle by the haversine); NaN when either is unknown."""
    mine, theirs = rows.viewer.profile, rows.candidate.profile
    half = np.sin((theirs.latitudes - mine.latitudes) / 2) ** 2
    half = half + np.cos(theirs.latitudes) * np.cos(mine.latitudes) * (
        np.sin((theirs.longitudes - mine.longitudes) / 2) ** 2
    )
    kilometres = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return np.asarray(np.log1p(kilometres), np.float32)


@feature(turned="shared_interests")
def shared_interests(rows: FeatureInput) -> Floats:
    """Jaccard index of both sets of interests; 0 when both are empty."""
    return shared(rows.viewer.profile.interest_words, rows.candidate.profile.interest_words, EQUAL)


@feature(turned="rare_shared_interests")
def rare_shared_interests(rows: FeatureInput) -> Floats:
    """Jaccard index in which an interest weighs by its rarity when the model was fitted (`models.rarity`)."""
    mine, theirs = rows.viewer.profile.interest_words, rows.candidate.profile.interest_words
    return shared(mine, theirs, rows.lore.rarity.weights(rows.population.columns.interest_labels, mine.shape[1] * WORD))


@feature(turned="taste_back")
def taste(rows: FeatureInput) -> Floats:
    """How the candidate fits what the viewer likes: inner product of their vectors, as a rank among all pairs, 0..1.

    NaN when the viewer has no taste yet, or the candidate no appeal.
    """
    return _rank(rows, rows.products)


@feature(tells=True, turned="taste")
def taste_back(rows: FeatureInput) -> Floats:
    """How the viewer fits what the candidate likes, as a rank among all pairs, 0..1; NaN when that is not known."""
    return _rank(rows, rows.products_back)


@feature(tells=True)
def liked_by_candidate(rows: FeatureInput) -> Floats:
    """1 when the candidate already likes the viewer, else 0."""
    return rows.returned.liked.astype(np.float32)


@feature(tells=True)
def declined_by_candidate(rows: FeatureInput) -> Floats:
    """1 when the candidate disliked or passed the viewer, else 0."""
    return rows.returned.declined.astype(np.float32)


def _rank(rows: FeatureInput, products: Doubles) -> Floats:
    if rows.tastes is None:
        return np.full(len(products), np.nan, np.float32)
    return rows.tastes.vectors.rank_of(products).astype(np.float32)


@compiled
def shared(mine: Table[np.uint64], theirs: Table[np.uint64], weights: Column[np.float32]) -> Floats:
    """(m,) the weight of what is in both sets over that of what is in either; 0 when that is nothing.

    Args:
        mine, theirs: (m, words) or (1, words) sets as bits.
        weights: (codes,) by code; empty: every code weighs 1.
    """
    rows = max(len(mine), len(theirs)) if min(len(mine), len(theirs)) else 0
    found = np.zeros(rows, np.float32)
    for row in range(rows):
        one, other = row if len(mine) > 1 else 0, row if len(theirs) > 1 else 0
        both = either = 0.0
        for word in range(mine.shape[1]):
            here, there = mine[one, word], theirs[other, word]
            left, code = here | there, 64 * word
            while left:
                if left & np.uint64(1):
                    weight = weights[code] if len(weights) else 1.0
                    either += weight
                    both += weight if (here & there) >> np.uint64(code % 64) & np.uint64(1) else 0.0
                left >>= np.uint64(1)
                code += 1
        found[row] = both / either if either > 0 else 0.0
    return found
