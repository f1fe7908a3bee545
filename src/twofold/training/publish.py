"""From a fitted model to a registered version: files first, then the record, then the alias."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from twofold.domain.errors import Unavailable
from twofold.domain.model import ModelRecord, ModelType, first_of_its_kind
from twofold.domain.ports import ModelStore
from twofold.domain.time import Clock, Micros
from twofold.models.artifact import JSON, write_artifact
from twofold.models.loaded import (
    CALIBRATION_DOCUMENT,
    HABITS_DOCUMENT,
    HALF_LIFE,
    POPULAR_DOCUMENT,
    RANKER_DOCUMENT,
    RARITY_DOCUMENT,
    RECIPE_DOCUMENT,
    RELEVANCE_DOCUMENT,
    SPREADS_DOCUMENT,
)
from twofold.models.lore import Lore
from twofold.models.registry import Registry
from twofold.models.vectors import Vectors
from twofold.training.listing import Listing
from twofold.training.ranking import Ranking
from twofold.training.recipe import Recipe
from twofold.training.relevance import Relevance
from twofold.training.report import COLLABORATIVE, RANKING


@dataclass(frozen=True, slots=True)
class Trained:
    """What was fitted: the first stage, and the second with its features where there is one."""

    type: ModelType
    recipe: Recipe
    vectors: Vectors
    lore: Lore
    half_life: int
    metrics: dict[str, float]
    listing: Listing
    ranking: Ranking | None = None
    relevance: Relevance | None = None

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages."""
        return (COLLABORATIVE, RANKING) if self.ranking else (COLLABORATIVE,)

    @property
    def coefficients(self) -> dict[str, float]:
        """Per feature, in log-odds per standard deviation."""
        return self.ranking.parameters.coefficients_by_name() if self.ranking else {}

    @property
    def documents(self) -> dict[str, JSON]:
        """What the artifact holds beside arrays."""
        found: dict[str, JSON] = {
            RECIPE_DOCUMENT: self.recipe.to_document(),
            RARITY_DOCUMENT: {**self.lore.rarity.by_label},
        }
        found[HABITS_DOCUMENT] = self.lore.habits.to_document()
        found[POPULAR_DOCUMENT] = {HALF_LIFE: self.half_life}
        if self.ranking:
            found[RANKER_DOCUMENT] = self.ranking.parameters.to_document()
            directions = {"there": self.ranking.there.to_document(), "back": self.ranking.back.to_document()}
            found[CALIBRATION_DOCUMENT] = {**directions}
            found[SPREADS_DOCUMENT] = {name: each.to_document() for name, each in self.ranking.spreads.items()}
        if self.relevance:
            head: dict[str, JSON] = self.relevance.parameters.to_document()
            found[RELEVANCE_DOCUMENT] = {**head, "share": self.relevance.share}
        return found


@dataclass(frozen=True, slots=True)
class Placed:
    """The registered version, and whether it serves now."""

    version: str
    promoted: bool


def publish(
    trained: Trained,
    registry: Registry,
    store: ModelStore,
    root: Path,
    as_of: Micros,
    position: int,
    clock: Clock,
) -> Placed:
    """Write the files, register the version, and promote it when it is the first of its kind.

    Raises:
        Unavailable: the model folder cannot be written.
    """
    arrays = trained.listing.arrays | (trained.ranking.golden if trained.ranking else {})
    documents = {**trained.listing.documents, **trained.documents}
    version, now = store.next_version(), clock()
    # The moment keeps apart the folders of two trainings of which one died before it was registered.
    artifact = f"{version}-{now:x}"
    try:
        digest = write_artifact(root, artifact, arrays, documents, trained.listing.measured)
    except OSError as error:
        raise Unavailable("the model folder cannot be written; check free space and permissions") from error
    record = ModelRecord(
        version=version,
        type=trained.type,
        artifact=artifact,
        digest=digest,
        created_at=now,
        log_position=position,
        as_of=as_of,
        feature_version=trained.ranking.features.name if trained.ranking else None,
        feature_hash=trained.ranking.features.hash if trained.ranking else None,
        metrics={name: value for name, value in trained.metrics.items() if math.isfinite(value)},
        coefficients=trained.coefficients,
    )
    registry.register(record)
    first = first_of_its_kind(registry.champion(), record)
    if first:
        registry.promote(version, "training")
    return Placed(version, first)
