"""A model in memory, ready to serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import structlog
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles, Floats
from twofold.domain.errors import Damaged
from twofold.domain.model import ModelRecord
from twofold.models.artifact import JSON, REMEDY, Array, Artifact
from twofold.models.calibration import Calibration
from twofold.models.habits import Habits
from twofold.models.halves import finite, lengths_of
from twofold.models.index import VectorIndex
from twofold.models.kindred import Kindred
from twofold.models.lore import Lore
from twofold.models.rarity import Rarity
from twofold.models.spread import Spread
from twofold.models.vectors import Vectors
from twofold.population.decay import HALF_LIFE_DAYS

COLLABORATIVE_DOCUMENT = "collaborative"
RANKER_DOCUMENT = "ranker"
CALIBRATION_DOCUMENT = "calibration"
HABITS_DOCUMENT = "habits"
KINDRED_DOCUMENT = "kindred"
POPULAR_DOCUMENT = "popular"
RARITY_DOCUMENT = "rarity"
RELEVANCE_DOCUMENT = "relevance"
RECIPE_DOCUMENT = "recipe"
SPREADS_DOCUMENT = "spreads"
# Figures of the manifest: recall of both searches, against exact search over the vectors as they were fitted.
TASTE_RECALL, KINDRED_RECALL = "taste_recall_at_100", "kindred_recall_at_50"
HALF_LIFE, LONGEST_HALF_LIFE = "half_life_days", 3_650
_KINDRED = ("rows", "keys", "starts", "centres")

log = structlog.get_logger()


@dataclass(frozen=True)
class LoadedModel:
    """One registered version, verified.

    Args:
        record: what the registry says about it.
        vectors: the first stage; None when the artifact has none.
        taste: index over the candidates matrix: whom a viewer vector likes (inner product).
        people: over the viewers matrix: who likes the same people (cosine).
        artifact: all that was read; ``documents["ranker"]`` is the second stage.
        lore: of labels when it was trained.
    """

    record: ModelRecord
    vectors: Vectors | None
    taste: VectorIndex | None
    people: Kindred | None
    artifact: Artifact
    lore: Lore = field(default_factory=Lore)

    @property
    def recipe(self) -> JSON:
        """How it was trained (`training.recipe.Recipe`), as JSON."""
        return self.artifact.documents.get(RECIPE_DOCUMENT)

    @property
    def half_life(self) -> int:
        """Of likes in what is popular lately, in days.

        Raises:
            Damaged: it is no such number.
        """
        document = self.artifact.documents.get(POPULAR_DOCUMENT)
        days = document.get(HALF_LIFE, HALF_LIFE_DAYS) if isinstance(document, dict) else HALF_LIFE_DAYS
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_HALF_LIFE:
            raise Damaged(f"model file {POPULAR_DOCUMENT}.json holds no half-life; {REMEDY}")
        return days

    @property
    def spreads(self) -> dict[str, Spread]:
        """By feature, how it was spread over the rows the ranker learned from; those that nobody knew are left out.

        Raises:
            Damaged: figures are missing or not finite.
        """
        document = self.artifact.documents.get(SPREADS_DOCUMENT)
        if not isinstance(document, dict):
            return {}
        return {name: Spread.from_document(figures) for name, figures in document.items()}

    def calibration(self, direction: Literal["there", "back"]) -> Calibration:
        """Of P(viewer likes candidate), or of P(candidate likes viewer).

        Raises:
            Damaged: the model holds none, or a broken one.
        """
        document = self.artifact.documents.get(CALIBRATION_DOCUMENT)
        return Calibration.from_document(document.get(direction) if isinstance(document, dict) else None)

    @classmethod
    def build(cls, record: ModelRecord, artifact: Artifact) -> LoadedModel:
        """Put together what an artifact holds.

        Raises:
            Damaged: arrays or figures do not fit each other.
        """
        if COLLABORATIVE_DOCUMENT not in artifact.documents:
            return cls(record, None, None, None, artifact)
        vectors = vectors_of(artifact)
        taste = VectorIndex(vectors.candidates, vectors.has_candidate, _lengths(artifact, len(vectors.candidates)))
        people = kindred_of(artifact, vectors)
        return cls(record, vectors, taste, people, artifact, Lore(_rarity(artifact), _habits(artifact)))


def vector_arrays(vectors: Vectors) -> tuple[dict[str, Array], dict[str, JSON]]:
    """The arrays and the document that keep vectors in an artifact; `vectors_of` reads them back."""
    arrays: dict[str, Array] = {
        "viewers": vectors.viewers,
        "candidates": vectors.candidates,
        "has_viewer": vectors.has_viewer,
        "has_candidate": vectors.has_candidate,
    }
    arrays["levels"], arrays["grams"] = vectors.levels, vectors.summed
    arrays["lengths"] = lengths_of(vectors.candidates)
    document: dict[str, JSON] = {"regularization": vectors.regularization, "confidence": vectors.confidence}
    return arrays, document | {"as_of": vectors.as_of, "position": vectors.position}


def kindred_arrays(people: Kindred) -> tuple[dict[str, Array], dict[str, JSON]]:
    """As `vector_arrays`, of who has a taste like whose; `kindred_of` reads them back."""
    arrays: dict[str, Array] = {f"kindred_{name}": getattr(people, name) for name in _KINDRED}
    return arrays, {"probes": people.probes}


def kindred_of(artifact: Artifact, vectors: Vectors) -> Kindred:
    """Who has a taste like whose: as the artifact has it; computed, in one list, for an older one that has none.

    Raises:
        Damaged: arrays do not fit each other or the vectors.
    """
    document = artifact.documents.get(KINDRED_DOCUMENT)
    if document is None:
        return Kindred.build(vectors.viewers, vectors.has_viewer, few=len(vectors.viewers))
    try:
        if not isinstance(document, dict):
            raise ValueError(KINDRED_DOCUMENT)
        recall = artifact.measured[KINDRED_RECALL]
        rows, keys, starts, centres = (artifact.arrays[f"kindred_{name}"] for name in _KINDRED)
        if rows.shape[1:] != vectors.viewers.shape[1:] or keys.dtype != np.int32 or starts.dtype != np.int32:
            raise ValueError(KINDRED_DOCUMENT)
        if len(keys) and not 0 <= int(keys.min()) <= int(keys.max()) < len(vectors.viewers):
            raise ValueError(KINDRED_DOCUMENT)
        if not finite(rows) or centres.dtype != np.float32 or not finite(centres):
            raise ValueError(KINDRED_DOCUMENT)
        people = Kindred(rows, keys, starts, centres, _whole(document, "probes"), recall)
    except (KeyError, ValueError) as error:
        raise Damaged(f"the lists of like tastes of the model are incomplete or do not fit; {REMEDY}") from error
    if people.why_exact:
        log.warning("index not used", why=people.why_exact)
    return people


def vectors_of(artifact: Artifact) -> Vectors:
    """The first stage of an artifact.

    Raises:
        Damaged: arrays or figures are missing or do not fit each other.
    """
    arrays, document = artifact.arrays, artifact.documents.get(COLLABORATIVE_DOCUMENT)
    if not isinstance(document, dict):
        raise Damaged(f"model file {COLLABORATIVE_DOCUMENT}.json is not what was expected; {REMEDY}")
    try:
        viewers, candidates = _matrix(arrays, "viewers"), _matrix(arrays, "candidates")
        return Vectors(
            viewers,
            candidates,
            arrays["has_viewer"].astype(bool, copy=False),
            arrays["has_candidate"].astype(bool, copy=False),
            _figure(document, "regularization"),
            _figure(document, "confidence"),
            _whole(document, "as_of"),
            _whole(document, "position"),
            _levels(arrays),
            _grams(arrays, viewers.shape[1] + 1),
        )
    except (KeyError, ValueError) as error:
        raise Damaged(f"the vectors of the model are incomplete or of unequal length; {REMEDY}") from error


def _matrix(arrays: Mapping[str, Array], name: str) -> NDArray[Any]:
    matrix = arrays[name]
    if matrix.ndim != 2 or matrix.dtype not in (np.float16, np.float32) or not finite(matrix):
        raise ValueError(name)
    return matrix


def _figure(document: dict[str, JSON], name: str) -> float:
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise ValueError(name)
    return float(value)


def _whole(document: dict[str, JSON], name: str) -> int:
    value = document[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(name)
    return value


def _lengths(artifact: Artifact, people: int) -> Floats | None:
    """(n,) of the vectors of those who are liked; None for an older model, which has none.

    Raises:
        Damaged: they are no lengths.
    """
    lengths = artifact.arrays.get("lengths")
    if lengths is None:
        return None
    if lengths.shape != (people,) or lengths.dtype != np.float32 or not finite(lengths) or (lengths < 0).any():
        raise Damaged(f"the lengths of the model's vectors are incomplete or not what was expected; {REMEDY}")
    return lengths


def _grams(arrays: Mapping[str, Array], width: int) -> Doubles | None:
    """None for an older model, which has none."""
    grams = arrays.get("grams")
    if grams is None:
        return None
    if grams.shape != (2, width, width) or grams.dtype != np.float64 or not np.isfinite(grams).all():
        raise ValueError("grams")
    return grams


def _levels(arrays: Mapping[str, Array]) -> Floats:
    levels = arrays["levels"]
    if levels.ndim != 1 or levels.dtype != np.float32 or not np.isfinite(levels).all() or (np.diff(levels) < 0).any():
        raise ValueError("levels")
    return levels


def _rarity(artifact: Artifact) -> Rarity:
    document = artifact.documents.get(RARITY_DOCUMENT, {})
    if not isinstance(document, dict):
        raise Damaged(f"model file {RARITY_DOCUMENT}.json is not what was expected; {REMEDY}")
    try:
        return Rarity({label: _figure(document, label) for label in document})
    except ValueError as error:
        raise Damaged(f"model file {RARITY_DOCUMENT}.json holds something that is no weight; {REMEDY}") from error


def _habits(artifact: Artifact) -> Habits:
    document = artifact.documents.get(HABITS_DOCUMENT)
    return Habits() if document is None else Habits.from_document(document)
