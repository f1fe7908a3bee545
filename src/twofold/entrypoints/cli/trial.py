"""The product as it would have been at a cut in time: what an evaluation measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from twofold.bootstrap import Builder
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.errors import Refused
from twofold.domain.model import ModelRecord
from twofold.domain.ports import Store
from twofold.domain.time import MICROS_PER_SECOND, Micros
from twofold.entrypoints.cli.progress import Report
from twofold.features.service import FeatureService
from twofold.models.artifact import read_artifact
from twofold.models.loaded import LoadedModel
from twofold.pipeline.guard import Guard
from twofold.pipeline.query import Query
from twofold.population.population import Population
from twofold.population.replay import replay
from twofold.services.live import Generation
from twofold.services.training import TrainingOrder, TrainingService
from twofold.settings import Settings


@dataclass(slots=True)
class Trial:
    """The product trained on what was before ``cut`` alone, and unknown to the registry.

    Args:
        generation: everyone at the cut with that model.
        training: the training's report.
        chance: what ties, samples and exploration draw from.
        degraded: lists in which a component failed.
    """

    cut: Micros
    generation: Generation
    training: dict[str, Any]
    chance: np.random.Generator
    degraded: int = field(default=0)

    def eligible(self, viewer: int) -> Keys:
        """Whom the viewer could be shown at the cut.

        Raises:
            Refused: the viewer was not active.
        """
        if not self.generation.population.columns.active[viewer]:
            raise Refused("inactive", "this person is not active")
        pipeline, query = self.generation.pipeline, self._query(viewer, 1)
        keys = pipeline.everyone()
        for each in pipeline.filters:
            keys = keys[each.judge(query, keys) == 0]
        return keys

    def list_for(self, viewer: int, _eligible: Keys, k: int) -> Keys:
        """The product's own list, both stages."""
        outcome = self.generation.pipeline.run(self._query(viewer, k))
        self.degraded += outcome.trace.degraded or bool(outcome.trace.failed)
        return outcome.ranked.pool.keys[list(outcome.rows)]

    def predict(self, everything: Population, viewers: Keys, candidates: Keys, at: NDArray[np.int64]) -> Doubles:
        """P(like) by the model of the cut, from what ``everything`` knew before each moment."""
        model, ranker = self.generation.model, self.generation.pipeline.ranker
        features = FeatureService(everything, model.vectors if model else None)
        return ranker.predict(features.values(viewers, candidates, at, ranker.feature_version))

    @property
    def ranks(self) -> bool:
        """Whether there is a ranking model, which alone gives probabilities."""
        return self.generation.pipeline.ranker.calibrated

    def _query(self, viewer: int, limit: int) -> Query:
        return Query(request_id="evaluation", viewer=viewer, as_of=self.cut, limit=limit, rng=self.chance)


@contextmanager
def trial(settings: Settings, store: Store, cut: Micros, seed: int, report: Report) -> Iterator[Trial]:
    """Train aside on everything before the cut and put the product together around it."""
    with TemporaryDirectory(prefix="twofold-evaluate-") as folder:
        service = TrainingService(settings.url, Path(folder))
        order = TrainingOrder(f"{cut / MICROS_PER_SECOND:.6f}", seed, aside=True)
        training = service.train(order, lambda stage, done: report(f"train: {stage}", done))
        model = _load(Path(folder), training.get("record"))
        build = Builder(settings, store, Guard(settings.stage_budget_ms / 1_000), checkpointed=False)
        generation = build(replay(store, cut), model)
        yield Trial(cut, generation, training, np.random.default_rng(seed))


def _load(folder: Path, record: object) -> LoadedModel | None:
    if record is None:
        return None
    known = msgspec.convert(record, ModelRecord)
    return LoadedModel.build(known, read_artifact(folder, known.artifact, known.digest))


def skipped(training: dict[str, Any]) -> Sequence[str]:
    """What the training left out, in sentences."""
    return [f"not trained: {what}: {why}" for what, why in training["skipped"]]
