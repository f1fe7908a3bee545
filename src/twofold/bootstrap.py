"""The composition root: the only place that knows every component and puts the product together.

To add a source, filter, ranker or policy: write its file, add its class to ``BUILTINS``; a source also needs a share in
the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from threadpoolctl import threadpool_limits

from twofold.domain.errors import InvalidInput
from twofold.domain.model import ModelType
from twofold.domain.ports import Store
from twofold.domain.time import MICROS_PER_SECOND, Clock, Micros, system_clock
from twofold.effects.impressions import ImpressionLog
from twofold.features.checkpoint import Checkpoint
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.filters.decided import DecidedFilter
from twofold.filters.limits import LimitsFilter
from twofold.filters.safety import SafetyFilter
from twofold.models.loaded import LoadedModel
from twofold.models.registry import Registry
from twofold.observability import Metrics
from twofold.pipeline.engine import Pipeline
from twofold.pipeline.guard import Guard
from twofold.pipeline.stages import Filter, Ranker, Source
from twofold.policies.slate import ExplorationSlots
from twofold.population.population import Population
from twofold.rankers.heuristic import HeuristicRanker
from twofold.rankers.logistic import LogisticRanker
from twofold.services.chance import Chance, daily_chance, fresh_chance
from twofold.services.explain import ExplainService
from twofold.services.feedback import FeedbackService
from twofold.services.first_training import FirstTraining
from twofold.services.lists import ListCache
from twofold.services.live import Generation, Live
from twofold.services.people import PeopleService
from twofold.services.recommend import RecommendService
from twofold.services.training import AutoTrainer, TrainingService
from twofold.settings import Settings
from twofold.sources.collaborative import CollaborativeSource
from twofold.sources.content import ContentSource
from twofold.sources.exploration import ExplorationSource
from twofold.storage.url import open_store

BUILTINS: tuple[type[Any], ...] = (
    CollaborativeSource,
    ContentSource,
    ExplorationSource,
    SafetyFilter,
    DecidedFilter,
    LimitsFilter,
    HeuristicRanker,
    LogisticRanker,
    ExplorationSlots,
)

# Filters run in this order; the first reason is the one that is told.
FILTERS: tuple[type[Any], ...] = tuple(each for each in BUILTINS if each.__name__.endswith("Filter"))
SOURCES: dict[str, type[Any]] = {each.name: each for each in BUILTINS if each.__name__.endswith("Source")}
RANKERS: dict[ModelType, type[Any]] = {ModelType.LOGISTIC: LogisticRanker}


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds a generation of one population and one model."""

    settings: Settings
    store: Store
    guard: Guard
    checkpointed: bool = True

    def __call__(self, population: Population, model: LoadedModel | None) -> Generation:
        """The generation that serves this model (None: the heuristic) on this population."""
        ranker: Ranker = ranker_of(model) if model else HeuristicRanker()
        checkpoint = self._checkpoint(ranker, model)
        pipeline = Pipeline(
            everyone=population.columns.everyone,
            filters=build_filters(population, self.settings),
            sources=build_sources(population, model, self.settings.shares),
            shares=self.settings.shares,
            candidates=self.settings.candidates,
            features=FeatureService(population, model.vectors if model else None, checkpoint),
            ranker=ranker,
            fallback=HeuristicRanker(),
            policy=ExplorationSlots(ExplorationSlots.Config(share=self.settings.exploration_share)),
            guard=self.guard,
        )
        return Generation(population, model, pipeline, checkpoint)

    def _checkpoint(self, ranker: Ranker, model: LoadedModel | None) -> Checkpoint | None:
        if not self.checkpointed:
            return None
        version = VERSIONS[ranker.feature_version]
        name = f"{version.name}@{model.record.version if model else 'heuristic'}"
        ttl = Micros(int(self.settings.feature_ttl_seconds * MICROS_PER_SECOND))
        checkpoint = Checkpoint(self.store, name, len(version.names), ttl, version.hash)
        checkpoint.load()
        return checkpoint


def build_filters(population: Population, settings: Settings) -> Sequence[Filter]:
    """All filters, in order."""
    return [each(population, settings.minimum_age) for each in FILTERS]


def build_sources(population: Population, model: LoadedModel | None, shares: dict[str, float]) -> Sequence[Source]:
    """The sources that have a share, in the order of the shares."""
    for name in shares:
        if name not in SOURCES:
            raise InvalidInput(f"setting TWOFOLD_SHARES: {name[:32]!r}", f"one of {', '.join(SOURCES)}")
    return [SOURCES[name](population, model) for name in shares]


def ranker_of(model: LoadedModel) -> Ranker:
    """The ranker that a model holds; the heuristic while it has the first stage alone."""
    kind = RANKERS.get(model.record.type)
    ranker: Ranker = HeuristicRanker() if kind is None else kind.from_model(model)
    return ranker


@dataclass(frozen=True, slots=True, kw_only=True)
class Twofold:
    """The assembled product."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    store: Store
    registry: Registry
    live: Live
    impressions: ImpressionLog
    recommend: RecommendService
    explain: ExplainService
    feedback: FeedbackService
    people: PeopleService
    training: TrainingService
    auto_trainer: AutoTrainer = field(repr=False)

    def close(self) -> None:
        """Stop: impressions and features are written, connections given back."""
        self.auto_trainer.stop()
        self.impressions.close()
        self.live.flush()
        self.store.close()


def assemble(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    as_of: Micros | None = None,
    record: bool = True,
    chance: Chance = fresh_chance,
    store: Store | None = None,
) -> Twofold:
    """Put the product together.

    Args:
        as_of: serve this past moment instead of the present (nothing is recorded then).
        record: whether lists that are made count as impressions; an operator's look does not.
        chance: gives the generator of a request.
        store: an open store; None opens the settings' database and prepares its schema.
    """
    # The matrices of one request are small: handing them to several threads costs more than it gives.
    threadpool_limits(1, user_api="blas")
    if store is None:
        store = open_store(settings.url)
        store.prepare()
    now: Clock = clock if as_of is None else (lambda: as_of)
    metrics = Metrics()
    registry = Registry(store, settings.models_dir, clock, ranker_of)
    builder = Builder(settings, store, Guard(settings.stage_budget_ms / 1_000), checkpointed=record and as_of is None)
    live = Live(store, registry, builder, now, as_of)
    impressions = ImpressionLog(store, sample=settings.impression_sample)
    shown = impressions if record and as_of is None else None
    cache = ListCache(settings.list_cache_seconds, clock)
    training = TrainingService(settings.url, settings.models_dir)
    return Twofold(
        settings=settings,
        clock=clock,
        metrics=metrics,
        store=store,
        registry=registry,
        live=live,
        impressions=impressions,
        recommend=RecommendService(live, cache, shown, metrics, now, settings.list_length, chance),
        explain=ExplainService(live, cache, now, settings.list_length, daily_chance()),
        feedback=FeedbackService(store, metrics, clock),
        people=PeopleService(store, settings.admission, clock),
        training=training,
        auto_trainer=AutoTrainer(training, FirstTraining(live, registry)),
    )
