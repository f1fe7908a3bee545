"""From a fitted model to a registered version: files first, then the record, then the alias."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from twofold.domain.errors import Unavailable
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.ports import ModelStore
from twofold.domain.time import Clock, Micros
from twofold.features.spec import FeatureVersion
from twofold.models.artifact import JSON, write_artifact
from twofold.models.loaded import COLLABORATIVE_DOCUMENT, RANKER_DOCUMENT, vector_arrays
from twofold.models.registry import Registry
from twofold.models.vectors import Vectors
from twofold.rankers.logistic import LogisticParameters
from twofold.training.report import COLLABORATIVE, RANKING


@dataclass(frozen=True, slots=True)
class Trained:
    """What was fitted: the first stage, and the second with its features where there is one."""

    type: ModelType
    vectors: Vectors
    metrics: dict[str, float]
    ranker: LogisticParameters | None = None
    features: FeatureVersion | None = None

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages."""
        return (COLLABORATIVE, RANKING) if self.ranker else (COLLABORATIVE,)

    @property
    def coefficients(self) -> dict[str, float]:
        """Per feature, in log-odds per standard deviation."""
        return dict(zip(self.ranker.names, self.ranker.coefficients, strict=True)) if self.ranker else {}


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
    arrays, vectors_document = vector_arrays(trained.vectors)
    documents: dict[str, JSON] = {COLLABORATIVE_DOCUMENT: vectors_document}
    if trained.ranker:
        documents[RANKER_DOCUMENT] = trained.ranker.to_document()
    version, now = store.next_version(), clock()
    # The moment keeps apart the folders of two trainings of which one died before it was registered.
    artifact = f"{version}-{now:x}"
    try:
        digest = write_artifact(root, artifact, arrays, documents)
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
        feature_version=trained.features.name if trained.features else None,
        feature_hash=trained.features.hash if trained.features else None,
        metrics={name: value for name, value in trained.metrics.items() if math.isfinite(value)},
        coefficients=trained.coefficients,
    )
    registry.register(record)
    first = _first_of_its_kind(registry.champion(), record)
    if first:
        registry.promote(version)
    return Placed(version, first)


def _first_of_its_kind(champion: ModelRecord | None, record: ModelRecord) -> bool:
    """Nothing serves yet, or what serves cannot rank and this can."""
    if champion is None:
        return True
    return champion.type is ModelType.COLLABORATIVE and record.type is not ModelType.COLLABORATIVE
