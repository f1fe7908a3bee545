"""What a profile alone says of likes: features for people of whom little else is known.

Each fades as decisions come in: it is weighed by 4 / (4 + decisions), the part of imagined ones in a smoothed rate.
"""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Floats
from twofold.features.definition import FeatureInput, feature
from twofold.features.demographic import years
from twofold.features.rates import PRIOR_WEIGHT
from twofold.population.history import Counters, Tally


@feature(of="viewer")
def viewer_habits(rows: FeatureInput) -> Floats:
    """How readily people of the viewer's gender and interests like, in log-odds from the usual, fading."""
    side = rows.viewer
    return (newness(side.given_tally) * rows.lore.habits.of_likers(rows.population.columns, side.profile)).astype(
        np.float32
    )


@feature()
def candidate_habits(rows: FeatureInput) -> Floats:
    """How readily the viewer's gender likes people of the candidate's interests, in log-odds from the usual, fading."""
    offsets = rows.lore.habits.of_liked(rows.population.columns, rows.viewer.profile, rows.candidate.profile)
    return (newness(rows.candidate.received_tally) * offsets).astype(np.float32)


@feature()
def viewer_group(rows: FeatureInput) -> Floats:
    """How readily the viewer's gender likes, in log-odds from everybody's, fading with what is known of both."""
    offsets = rows.lore.habits.group(rows.viewer.profile.genders, rows.population.columns.genders)
    return (_of_both(rows) * offsets).astype(np.float32)


@feature()
def age_gap_of_strangers(rows: FeatureInput) -> Floats:
    """Years between the two ages, fading with what is known of both; NaN when either age is unknown."""
    return np.asarray(_of_both(rows) * np.abs(years(rows.candidate) - years(rows.viewer)), np.float32)


def newness(counters: Counters | Tally) -> Doubles:
    """(m,) 1 for somebody without decisions, falling towards 0."""
    return np.asarray(PRIOR_WEIGHT / (PRIOR_WEIGHT + counters.decisions), np.float64)


def _of_both(rows: FeatureInput) -> Doubles:
    return np.asarray(np.sqrt(newness(rows.viewer.given_tally) * newness(rows.candidate.received_tally)), np.float64)
