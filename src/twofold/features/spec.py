"""Feature versions: which features, in which order. To add a feature, write its function and name it in a version.

A version that a released model was trained on is never changed; a new one is added beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from twofold.domain.errors import NotFound, Refused
from twofold.features import behavioural, collaborative, demographic
from twofold.features.definition import Feature, FeatureInput, feature

__all__ = ["EXTRACTORS", "FEATURES", "VERSIONS", "Feature", "FeatureInput", "FeatureVersion", "feature", "version_of"]

EXTRACTORS = (demographic, behavioural, collaborative)
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
_H1 = FeatureVersion.of("h1", "has_bio", "interests_count", "recent_activity_30d", "account_age_days")

VERSIONS: dict[str, FeatureVersion] = {version.name: version for version in (_V1, _H1)}


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
