"""The ranker that needs no training: complete profiles, active people, newcomers up a little."""

from __future__ import annotations

import numpy as np

from twofold.domain.candidate import Doubles, Floats

COMPLETE, ACTIVE, NEWCOMER = 0.4, 0.4, 0.2
# So many interests make a complete profile; more would reward lists.
ENOUGH_INTERESTS = 5
# A newcomer stops being one after so many days, the same window as for activity.
NEWCOMER_DAYS = 30


class HeuristicRanker:
    """Orders people while no model is trained, and when a model cannot answer (M12 of the founding document).

    score = 0.4 completeness (half for a bio, half for min(interests, 5) / 5) + 0.4 if active within 30 days + 0.2
    newcomer (1 on the first day, falling linearly to 0 over 30). From 0 to 1, and no probability.

    >>> ranker = HeuristicRanker()
    >>> ranker.predict(np.array([[1, 5, 3, 0], [0, 0, 0, 400]], np.float32)).round(6).tolist()
    [1.0, 0.0]
    """

    version = "heuristic"
    feature_version = "h1"
    calibrated = False

    def predict(self, features: Floats) -> Doubles:
        """(m, 4) has_bio, interests_count, recent_activity_30d, account_age_days -> (m,) scores."""
        return np.asarray(self.contributions(features).sum(axis=1))

    def contributions(self, features: Floats) -> Doubles:
        """(m, 4) -> (m, 4): what each feature adds to the score of an empty profile, which is 0.

        A feature that is not known (NaN) adds nothing.
        """
        bio, interests, recent, days = features.astype(np.float64).T
        parts = np.column_stack(
            [
                COMPLETE / 2 * (bio > 0),
                COMPLETE / 2 * np.clip(interests / ENOUGH_INTERESTS, 0, 1),
                ACTIVE * (recent > 0),
                NEWCOMER * np.clip(1 - days / NEWCOMER_DAYS, 0, 1),
            ]
        )
        return np.asarray(np.nan_to_num(parts))
