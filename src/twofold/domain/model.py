"""A trained model as the registry knows it: one version of both stages, kept together so that they never mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from twofold.domain.time import Micros


class ModelType(StrEnum):
    """What a model can do: the first stage alone, or also rank (named after its ranker)."""

    COLLABORATIVE = "collaborative"
    LOGISTIC = "logistic"
    GBDT = "gbdt"


class Alias(StrEnum):
    """Names that point at a version; moving one is promotion or rollback."""

    CHAMPION = "champion"
    CANDIDATE = "candidate"


class ModelState(StrEnum):
    """Where a version stands in its life."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """A row of the registry; the files it names carry their own checksums.

    Args:
        version: unique, sorts by age, e.g. ``m0003``.
        type: what it can do.
        artifact: the folder's name below the model folder.
        digest: SHA-256 of the artifact's manifest, so that a swapped folder is noticed.
        feature_version, feature_hash: the features it was trained on and is served with; None for a first stage alone.
        log_position: the last change it has seen.
        metrics, coefficients: figures measured at training.
    """

    version: str
    type: ModelType
    artifact: str
    digest: str
    created_at: Micros
    log_position: int
    as_of: Micros
    state: ModelState = ModelState.CANDIDATE
    feature_version: str | None = None
    feature_hash: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    coefficients: Mapping[str, float] = field(default_factory=dict)


# The thresholds of the founding document, in decisions; and too few people with a taste teach nothing about others.
COLLABORATIVE_AFTER = 100
RANKING_AFTER = 1_000
PEOPLE_WITH_TWO_DECISIONS = 25


def first_of_its_kind(champion: ModelRecord | None, record: ModelRecord) -> bool:
    """Whether a version may serve without being compared: nothing does yet, or what does cannot rank and this can."""
    if champion is None:
        return True
    return champion.type is ModelType.COLLABORATIVE and record.type is not ModelType.COLLABORATIVE
