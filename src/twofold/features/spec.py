"""Feature versions: which features, in which order. To add a feature, write its function and name it in a version.

A version that a released model was trained on is never changed; a new one is added beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from twofold.domain.errors import NotFound, Refused
from twofold.features import (
    behavioural,
    collaborative,
    demographic,
    habits,
    nearness,
    neighbours,
    pair,
    provenance,
    rates,
    recency,
    standing,
)
from twofold.features.definition import Feature, FeatureInput, feature

__all__ = ["EXTRACTORS", "FEATURES", "VERSIONS", "Feature", "FeatureInput", "FeatureVersion", "feature", "version_of"]

EXTRACTORS = (
    demographic,
    behavioural,
    collaborative,
    rates,
    recency,
    habits,
    pair,
    neighbours,
    provenance,
    standing,
    nearness,
)
FEATURES: dict[str, Feature] = {
    each.name: each for module in EXTRACTORS for each in vars(module).values() if isinstance(each, Feature)
}


@dataclass(frozen=True, slots=True)
class FeatureVersion:
    """A named list of features.

    Args:
        name: what models and tables call it.
        names: features in the order of the columns.
        hash: of the names and each feature's own revision: equal hashes mean equal features.
        per_person: all of them look at the candidate alone.
    """

    name: str
    names: tuple[str, ...]
    hash: str
    per_person: bool

    @classmethod
    def of(cls, name: str, *names: str) -> FeatureVersion:
        """The version of these features.

        >>> FeatureVersion.of("mine", "age", "has_bio").per_person
        True
        """
        features = [FEATURES[each] for each in names]
        text = ";".join(f"{each.name}:{each.revision}" for each in features)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return cls(name, names, digest, all(each.per_person for each in features))


_V1 = FeatureVersion.of(
    "v1",
    "age",
    "account_age_days",
    "interests_count",
    "total_interactions",
    "like_rate",
    "recent_activity_30d",
    "activity_streak_days",
    "embedding_norm",
    "embedding_sparsity",
)
_V2 = FeatureVersion.of(
    "v2",
    "viewer_like_rate",
    "viewer_liked_rate",
    "candidate_like_rate",
    "candidate_liked_rate",
    "candidate_surplus",
    "viewer_habits",
    "candidate_habits",
    "viewer_group",
    "age_gap_of_strangers",
    "viewer_given",
    "viewer_received",
    "candidate_given",
    "candidate_received",
    "viewer_popularity",
    "candidate_popularity",
    "viewer_hours_since_active",
    "candidate_hours_since_active",
    "viewer_recent_activity",
    "candidate_recent_activity",
    "activity_streak_days",
    "viewer_age",
    "age",
    "age_gap",
    "same_place",
    "distance",
    "shared_interests",
    "rare_shared_interests",
    "profile_completeness",
    "taste",
    "taste_back",
    "liked_by_candidate",
    "declined_by_candidate",
    "common_liked",
    "common_admirers",
    "liked_by_liked",
    "likes_admirers",
    "brought_by_collaborative",
    "brought_by_content",
    "brought_by_friends",
    "brought_by_popular",
    "brought_by_admirers",
    "brought_by_exploration",
)
# What orders people whom a viewer may come to like in the next time, met or not: all of it within the moment.
_R1 = FeatureVersion.of(
    "r1",
    "rank_liked_7",
    "rank_liked_30",
    "rank_liked_180",
    "rank_last_liked",
    "rank_last_active",
    "account_ages_apart",
    "activity_apart",
    "liked_by_candidate",
    "super_liked_by_candidate",
    "declined_by_candidate",
    "days_liked_by_candidate",
    "rank_of_candidate_who_likes",
    "liked_by_one_of",
    "near_both_like",
    "near_liked_by_liked",
    "near_likes_admirers",
    "near_both_liked",
    "near_declined_by_liked",
    "near_liked_by_declined",
    "taste_above",
    "taste_back_above",
    "taste_mutual",
    "shared_interests",
    "age_gap",
    "same_place",
)
_H1 = FeatureVersion.of("h1", "has_bio", "interests_count", "recent_activity_30d", "account_age_days")

VERSIONS: dict[str, FeatureVersion] = {version.name: version for version in (_V1, _V2, _R1, _H1)}


def version_of(name: str, expected_hash: str | None = None) -> FeatureVersion:
    """A version by name.

    Args:
        expected_hash: what a model was trained on, when it has to be exactly that.

    Raises:
        NotFound: there is no such version.
        Refused: code ``feature_hash``, when the version has changed its meaning since.
    """
    version = VERSIONS.get(name)
    if version is None:
        raise NotFound(f"there is no such feature version; this release has {', '.join(VERSIONS)}")
    if expected_hash is not None and version.hash != expected_hash:
        raise Refused(
            "feature_hash",
            f"the features {version.name} are not those the model was trained on; "
            "train a new model, or run the release that trained it",
        )
    return version
