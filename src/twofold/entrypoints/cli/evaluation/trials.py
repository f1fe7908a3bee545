"""The product under test: trained aside on what a plan lets it know, put together as it serves, and asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.bootstrap import Builder
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.errors import Refused
from twofold.domain.model import ModelType
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.entrypoints.cli.evaluation.withheld import Withheld
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.product import AdjustableTrials, Directions, Found, TrialPlan
from twofold.features.service import FeatureService
from twofold.metrics.ties import best
from twofold.models.loaded import LoadedModel
from twofold.models.registry import Registry
from twofold.models.tastes import Tastes
from twofold.pipeline.blend import blend
from twofold.pipeline.engine import Outcome, Pipeline, Ranked
from twofold.pipeline.guard import Guard
from twofold.pipeline.query import Query
from twofold.pipeline.slate import Pool
from twofold.pipeline.trace import Trace
from twofold.population.exposure import Exposure
from twofold.population.population import Population
from twofold.population.replay import read_log, replay
from twofold.services.live import Generation
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore
from twofold.training.recipe import Recipe
from twofold.training.report import TrainingReport
from twofold.training.run import train

Moments = NDArray[np.int64]
# A list of an evaluation may take as long as it takes; a component that hangs is still told.
PATIENCE_S = 60.0


@dataclass(slots=True)
class Tried:
    """A `ProductUnderTest`: the product that was trained on what was before its moment alone.

    Args:
        moment: when lists are made.
        generation: everyone at the moment, with that model.
        everything: the whole log, for features as of later moments.
        report: of the training; None for a model that was there before.
        chance: what ties and samples draw from.
        degraded: lists in which a component failed.
        exposure: of the present run of lists under a cap.
        seed: of what is drawn anew for each setting of the first stage.
    """

    moment: Micros
    generation: Generation
    everything: Population
    report: TrainingReport | None
    chance: np.random.Generator
    degraded: int = field(default=0)
    exposure: Exposure = field(default_factory=Exposure)
    seed: int = 0

    @property
    def ranks(self) -> bool:
        """Whether there is a ranking model."""
        return self._pipeline.ranker.calibrated

    @property
    def notes(self) -> Sequence[str]:
        """What the training left out."""
        return [f"not trained: {what}: {why}" for what, why in (self.report.skipped if self.report else ())]

    @property
    def training(self) -> Mapping[str, Any]:
        """The training's report."""
        return self.report.to_document() if self.report else {}

    def predict(self, viewers: Keys, candidates: Keys, moments: Moments) -> Doubles:
        """(m,) P(viewer likes candidate), from what was known before each moment."""
        return self._said(self.everything, viewers, candidates, AsOf.at(moments))

    def predict_cold(self, viewers: Keys, candidates: Keys, moment: Micros) -> Doubles:
        """(m,) of profiles alone."""
        return self._said(self.everything.blank(), viewers, candidates, AsOf.at(moment))

    def both(self, viewer: int, candidates: Keys, moment: Micros) -> Directions:
        """What the ranker says of given candidates."""
        said = self._scored(viewer, candidates, moment)
        return Directions(said.viewer_likes, said.candidate_likes, said.scores)

    def eligible(self, viewer: int) -> Keys:
        """Whom the viewer could be shown.

        Raises:
            Refused: the viewer was not active.
        """
        if not self.generation.population.columns.active[viewer]:
            raise Refused("inactive", "this person is not active")
        query = self._query(viewer, 1)
        keys = self._pipeline.reached(query, Trace()).keys
        for each in self._pipeline.filters:
            keys = keys[each.judge(query, keys) == 0]
        return keys

    def list_for(self, viewer: int, k: int, allowed: Keys | None = None) -> Keys:
        """The product's own list."""
        barred = np.empty(0, np.int64) if allowed is None else np.setdiff1d(self.eligible(viewer), allowed)
        return self._listed(self._pipeline, self._query(viewer, k, barred))

    def capped_list(self, viewer: int, k: int, cap: int, done: float) -> Keys:
        """The product's own list under its own cap; ``done`` 0 begins a new period."""
        if done == 0 or self.exposure.cap != cap:
            self.exposure = Exposure(cap)
        population, self.exposure.progress = self.generation.population, done
        free, population.exposure = population.exposure, self.exposure
        try:
            keys = self._listed(self._pipeline, self._query(viewer, k))
        finally:
            population.exposure = free
        self.exposure.show(keys, self.moment)
        return keys

    def rank_all(self, viewer: int, eligible: Keys, k: int) -> Keys:
        """The ranker over all eligible people."""
        return eligible[best(self._scored(viewer, eligible, self.moment).scores, k, self.chance)]

    def source_lists(self, viewer: int, limit: int) -> Mapping[str, Keys]:
        """Whom each source brings alone."""
        query, eligible = self._query(viewer, limit), self.eligible(viewer)
        return {each.name: each.candidates(query, eligible, limit).keys for each in self._pipeline.sources}

    def by_taste(self, viewer: int, limit: int, exactly: bool = False) -> Keys:
        """By the first stage's vectors alone."""
        model, population = self.generation.model, self.generation.population
        if model is None or model.vectors is None or model.taste is None:
            return np.empty(0, np.int64)
        mine = Tastes(population, model.vectors).viewers(np.array([viewer]), AsOf.at(self.moment))
        if not mine.known[0]:
            return np.empty(0, np.int64)
        if not exactly:
            return model.taste.search(mine.rows[0], self.eligible(viewer), limit)[0]
        keys = self.eligible(viewer)
        keys = keys[model.vectors.knows_candidates(keys)]
        return keys[np.argsort(-(model.vectors.as_candidates(keys)[0] @ mine.rows[0]), kind="stable")[:limit]]

    def list_without(self, viewer: int, k: int, source: str) -> Keys:
        """The product's own list without one source."""
        left = [each for each in self._pipeline.sources if each.name != source]
        shares = {name: share for name, share in self._pipeline.shares.items() if name != source}
        return self._listed(replace(self._pipeline, sources=left, shares=shares), self._query(viewer, k))

    def with_shares(self, shares: Mapping[str, float]) -> Tried:
        """The same product with other quotas, its sources in their order."""
        sources = [each for name in shares for each in self._pipeline.sources if each.name == name]
        return self._with(replace(self._pipeline, sources=sources, shares=dict(shares)))

    def with_candidates(self, candidates: int) -> Tried:
        """The same product with so many candidates."""
        return self._with(replace(self._pipeline, candidates=candidates))

    def found(self, viewer: int) -> Found:
        """Whom each source brings, and what the second stage says of them all; drawn once for each viewer."""
        pipeline, eligible = self._pipeline, self.eligible(viewer)
        query = replace(self._query(viewer, 1), rng=np.random.default_rng([self.seed, viewer]))
        lists = [(each.name, each.candidates(query, eligible, pipeline.candidates)) for each in pipeline.sources]
        everyone = sum(len(brought) for _, brought in lists)
        pool = blend(lists, dict.fromkeys((name for name, _ in lists), everyone), everyone, len(eligible))
        scores = pipeline.score(pipeline.ranker, query, pool).scores
        order = np.argsort(pool.keys)
        return Found(tuple(lists), pool.keys[order], scores[order], len(eligible), pipeline.candidates)

    def timed_list(self, viewer: int, k: int) -> tuple[Keys, Mapping[str, float]]:
        """The product's own list with its times; a list is never longer than the candidates are many."""
        outcome = self._ran(self._pipeline, self._query(viewer, min(k, self._pipeline.candidates)))
        return outcome.ranked.pool.keys[list(outcome.rows)], outcome.trace.timings_ms

    def timed_everyone(self, viewer: int, k: int) -> tuple[Keys, Mapping[str, float]]:
        """The second stage alone, over all eligible people."""
        trace = Trace()
        eligible = self.eligible(viewer)
        trace.lap("filter")
        scores = self._scored(viewer, eligible, self.moment).scores
        trace.lap("rank")
        keys = eligible[best(scores, k, self.chance)]
        trace.lap("arrange")
        return keys, trace.timings_ms

    def _with(self, pipeline: Pipeline) -> Tried:
        chance = np.random.default_rng(self.seed)  # so that two settings draw alike
        return replace(self, generation=replace(self.generation, pipeline=pipeline), chance=chance, degraded=0)

    @property
    def _pipeline(self) -> Pipeline:
        return self.generation.pipeline

    def _said(self, population: Population, viewers: Keys, candidates: Keys, as_of: AsOf) -> Doubles:
        model, ranker = self.generation.model, self._pipeline.ranker
        vectors, lore = (model.vectors, model.lore) if model else (None, None)
        features = FeatureService(population, vectors, lore=lore)
        return ranker.predict(features.values(viewers, candidates, as_of, ranker.feature_version))

    def _scored(self, viewer: int, candidates: Keys, moment: Micros) -> Ranked:
        """What the pipeline's second stage makes of people whom no source brought."""
        sources = tuple(each.name for each in self._pipeline.sources)
        shape = (len(candidates), len(sources))
        ranks, own = np.full(shape, -1, np.int32), np.full(shape, np.nan, np.float32)
        pool = Pool(candidates, sources, own, ranks, (0,) * len(sources), len(candidates))
        return self._pipeline.score(self._pipeline.ranker, replace(self._query(viewer, 1), as_of=moment), pool)

    def _listed(self, pipeline: Pipeline, query: Query) -> Keys:
        outcome = self._ran(pipeline, query)
        return outcome.ranked.pool.keys[list(outcome.rows)]

    def _ran(self, pipeline: Pipeline, query: Query) -> Outcome:
        outcome = pipeline.run(query)
        self.degraded += outcome.trace.degraded or bool(outcome.trace.failed)
        return outcome

    def _query(self, viewer: int, limit: int, barred: Keys | None = None) -> Query:
        return Query(
            request_id="evaluation",
            viewer=viewer,
            as_of=self.moment,
            limit=limit,
            rng=self.chance,
            exclude=frozenset() if barred is None else frozenset(barred.tolist()),
        )


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where products are put together aside, on what a store holds: nothing is registered, nothing is left behind.

    Lists are measured without the positions that exploration takes, and without a cap: what is drawn at random, and
    whoever was shown already, is not what is judged.

    Args:
        report: told where a training is.
        everything: the whole log.
    """

    settings: Settings
    store: Store
    report: Report
    everything: Population

    @classmethod
    def of(cls, settings: Settings, store: Store, report: Report) -> Workshop:
        """The workshop of an installation."""
        return cls(settings, store, report, Population(*read_log(store)))

    def trials(self, recipe: Recipe | None = None) -> AdjustableTrials:
        """Products that are trained by a recipe, its seed included; None: by the settings, with the plan's seed."""

        @contextmanager
        def trials(plan: TrialPlan) -> Iterator[Tried]:
            chosen = recipe_for(self.settings, plan) if recipe is None else replace(recipe, frozen_at=plan.frozen_at)
            with TemporaryDirectory(prefix="twofold-evaluate-") as folder:
                models, known = MemoryStore(), Withheld(self.store, plan)
                made = train(
                    known,
                    Path(folder),
                    as_of=plan.cut,
                    clock=lambda: plan.moment,
                    recipe=chosen,
                    progress=lambda stage, done: self.report(f"train: {stage}", done),
                    models=models,
                )
                yield self._tried(plan, _model(models, Path(folder), made, plan), made)

        return trials

    def trials_as_it_is(self, model: LoadedModel) -> AdjustableTrials:
        """The product with a model that was trained before: what it learned by, and up to when, is as it is."""

        @contextmanager
        def trials(plan: TrialPlan) -> Iterator[Tried]:
            yield self._tried(plan, model, None)

        return trials

    def _tried(self, plan: TrialPlan, model: LoadedModel | None, report: TrainingReport | None) -> Tried:
        measured = self.settings.model_copy(update={"exploration_share": 0.0, "exposure_cap": None})
        build = Builder(measured, MemoryStore(), Guard(PATIENCE_S), checkpointed=False)
        generation = build(replay(self.store, plan.moment), model)
        chance = np.random.default_rng(plan.seed)
        return Tried(plan.moment, generation, self.everything, report, chance, seed=plan.seed)


def trials_of(settings: Settings, store: Store, report: Report) -> AdjustableTrials:
    """Trials on everything a store holds, by the recipe of the settings."""
    return Workshop.of(settings, store, report).trials()


def recipe_for(settings: Settings, plan: TrialPlan) -> Recipe:
    """The recipe of the settings, for a plan."""
    return Recipe(
        ranker=ModelType(settings.ranker),
        features=settings.features,
        delay_days=settings.feature_delay_days,
        utility=settings.utility,
        frozen_at=plan.frozen_at,
        seed=plan.seed,
    )


def _model(models: MemoryStore, folder: Path, made: TrainingReport, plan: TrialPlan) -> LoadedModel | None:
    return None if made.version is None else Registry(models, folder, lambda: plan.moment).load(made.version)
