"""The composition root: the only place that knows every component and puts the product together.

To add a source, filter, ranker or policy: write its file, add its class to ``BUILTINS``; a source also needs a share in
the settings.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from threadpoolctl import threadpool_limits

from twofold.compiled import compile_all
from twofold.domain.errors import Damaged, InvalidInput, Unavailable
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.ports import Store
from twofold.domain.time import MICROS_PER_SECOND, Clock, Micros, system_clock
from twofold.effects.impressions import ImpressionLog
from twofold.evaluation.promotion import Verdict
from twofold.features.checkpoint import Checkpoint
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.filters.decided import DecidedFilter
from twofold.filters.exposure import ExposureFilter
from twofold.filters.limits import LimitsFilter
from twofold.filters.safety import SafetyFilter
from twofold.models.artifact import REMEDY
from twofold.models.calibrated import Calibrated
from twofold.models.loaded import RELEVANCE_DOCUMENT, LoadedModel
from twofold.models.registry import Registry
from twofold.observability import Metrics
from twofold.pipeline.engine import Pipeline
from twofold.pipeline.guard import Guard
from twofold.pipeline.stages import Filter, Policy, Ranker, Relevance, Source
from twofold.policies.settled import AlreadyDecided
from twofold.policies.slate import ExplorationSlots, ExposureCap
from twofold.policies.utility import UTILITIES
from twofold.population.exposure import Exposure
from twofold.population.population import Population
from twofold.population.snapshot import Snapshots
from twofold.rankers.gbdt import GbdtRanker
from twofold.rankers.heuristic import HeuristicRanker
from twofold.rankers.logistic import LogisticParameters, LogisticRanker
from twofold.services.chance import Chance, daily_chance, fresh_chance
from twofold.services.explain import ExplainService
from twofold.services.exposure import ExposureLedger
from twofold.services.feedback import FeedbackService
from twofold.services.first_training import FirstTraining
from twofold.services.lists import ListCache
from twofold.services.live import Generation, Live
from twofold.services.making import SnapshotProcess
from twofold.services.people import PeopleService
from twofold.services.promotion import Compare, PromotionService
from twofold.services.recommend import RecommendService
from twofold.services.renewal import Renewal
from twofold.services.snapshots import SnapshotService
from twofold.services.training import AutoTrainer, TrainingOrder, TrainingService
from twofold.settings import Settings
from twofold.sources.admirers import AdmirersSource
from twofold.sources.collaborative import CollaborativeSource
from twofold.sources.content import ContentSource
from twofold.sources.exploration import ExplorationSource
from twofold.sources.friends import FriendsSource
from twofold.sources.popular import PopularSource
from twofold.storage.url import open_store

TOLD_SECONDS = 3.0

log = structlog.get_logger()

BUILTINS: tuple[type[Any], ...] = (
    AdmirersSource,
    CollaborativeSource,
    FriendsSource,
    PopularSource,
    ContentSource,
    ExplorationSource,
    SafetyFilter,
    DecidedFilter,
    LimitsFilter,
    ExposureFilter,
    HeuristicRanker,
    LogisticRanker,
    GbdtRanker,
    ExplorationSlots,
    ExposureCap,
)

# Filters run in this order; the first reason is the one that is told.
FILTERS: tuple[type[Any], ...] = tuple(each for each in BUILTINS if each.__name__.endswith("Filter"))
SOURCES: dict[str, type[Any]] = {each.name: each for each in BUILTINS if each.__name__.endswith("Source")}
RANKERS: dict[ModelType, type[Any]] = {ModelType.LOGISTIC: LogisticRanker, ModelType.GBDT: GbdtRanker}


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds a generation of one population and one model."""

    settings: Settings
    store: Store
    guard: Guard
    checkpointed: bool = True

    def __call__(
        self,
        population: Population,
        model: LoadedModel | None,
        checkpointed: bool = True,
        checkpoint: Checkpoint | None = None,
    ) -> Generation:
        """The generation that serves this model (None: the heuristic) on this population."""
        compile_loops()
        ranker, back = rankers_of(model) if model else (HeuristicRanker(), None)
        if checkpointed and self.checkpointed:
            checkpoint = self._checkpoint(ranker, model, checkpoint)
        settings, discreet = self.settings, self.settings.discreet
        put_cap(population, settings)
        vectors, lore = (model.vectors, model.lore) if model else (None, None)
        pipeline = Pipeline(
            everyone=population.columns.everyone,
            reach=population.reach,
            filters=build_filters(population, settings),
            sources=build_sources(population, model, settings.quotas),
            shares=settings.quotas,
            candidates=settings.candidates,
            features=FeatureService(population, vectors, checkpoint, discreet, lore),
            ranker=ranker,
            back=back,
            settled=None if discreet else AlreadyDecided(population),
            relevance=relevance_of(model) if model and back and settings.relevance else None,
            utility=UTILITIES["one-sided" if discreet else settings.utility],
            fallback=HeuristicRanker(),
            policy=build_policy(population, settings),
            guard=self.guard,
        )
        return Generation(population, model, pipeline, checkpoint)

    def _checkpoint(self, ranker: Ranker, model: LoadedModel | None, kept: Checkpoint | None) -> Checkpoint:
        version = VERSIONS[ranker.feature_version]
        name = f"{version.name}@{model.record.version if model else 'heuristic'}"
        if kept is not None and kept.version == name:
            return kept
        ttl = Micros(int(self.settings.feature_ttl_seconds * MICROS_PER_SECOND))
        checkpoint = Checkpoint(self.store, name, len(version.names), ttl, version.hash)
        checkpoint.load()
        return checkpoint


def relevance_of(model: LoadedModel) -> Relevance | None:
    """The third head of a model; None when it has none, or left nothing to it."""
    document = model.artifact.documents.get(RELEVANCE_DOCUMENT)
    if document is None:
        return None
    ranker = LogisticRanker(model.record.version, "r1", LogisticParameters.from_document(document))
    share = document.get("share") if isinstance(document, dict) else None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise Damaged(f"the relevance head of the model says no share; {REMEDY}")
    return Relevance(ranker, float(share)) if share < 1 else None


def order_of(settings: Settings, as_of: str | None = None, seed: int = 0) -> TrainingOrder:
    """A training of the kind that the settings want."""
    return TrainingOrder(
        as_of,
        seed,
        ranker=settings.ranker,
        features=settings.features,
        delay_days=settings.feature_delay_days,
        utility=settings.utility,
    )


def put_cap(population: Population, settings: Settings) -> None:
    """Give a population the settings' exposure cap; one that has it already keeps its counts."""
    present, wanted = population.exposure, (settings.exposure_cap, settings.exposure_period_days)
    if (present.cap, present.period_days) != wanted:
        population.exposure = Exposure(*wanted)


def snapshots_of(settings: Settings, store: Store, clock: Clock = system_clock) -> SnapshotService:
    """The snapshots of a store's log, in the settings' data folder."""
    return SnapshotService(store, Snapshots(settings.snapshots_dir, store.identity()), clock=clock)


def build_filters(population: Population, settings: Settings) -> Sequence[Filter]:
    """All filters, in order."""
    return [each(population, settings.minimum_age) for each in FILTERS]


def build_policy(population: Population, settings: Settings) -> Policy:
    """The exposure cap around the exploration slots."""
    slots = ExplorationSlots(ExplorationSlots.Config(share=settings.exploration_share))
    return ExposureCap(population, slots, settings.exposure_pacing)


def build_sources(population: Population, model: LoadedModel | None, shares: dict[str, float]) -> Sequence[Source]:
    """The sources that have a share, in the order of the shares."""
    for name in shares:
        if name not in SOURCES:
            raise InvalidInput(f"setting TWOFOLD_SHARES: {name[:32]!r}", f"one of {', '.join(SOURCES)}")
    return [SOURCES[name](population, model) for name in shares]


def rankers_of(model: LoadedModel) -> tuple[Ranker, Ranker | None]:
    """What says P(viewer likes candidate) and P(candidate likes viewer).

    The heuristic and nothing while a model has the first stage alone.
    """
    kind = RANKERS.get(model.record.type)
    if kind is None:
        return HeuristicRanker(), None
    ranker: Ranker = kind.from_model(model)
    return Calibrated(ranker, model.calibration("there")), Calibrated(ranker, model.calibration("back"))


def not_compared_here(champion: ModelRecord, challenger: ModelRecord) -> Verdict:
    """In place of a comparison in a server, which must not import what fits models.

    The command line measures: `entrypoints.cli.comparison`.

    Raises:
        Unavailable: always.
    """
    raise Unavailable("a server does not measure models: run `twofold models compare VERSION`, which keeps the verdict")


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
    promotion: PromotionService
    training: TrainingService
    renewal: Renewal
    auto_trainer: AutoTrainer = field(repr=False)

    def close(self) -> None:
        """Stop: impressions and features are written, connections given back."""
        self.auto_trainer.stop()
        self.renewal.stop()
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
    compare: Compare = not_compared_here,
) -> Twofold:
    """Put the product together.

    Args:
        as_of: serve this past moment instead of the present (nothing is recorded then).
        record: whether lists that are made count as impressions; an operator's look does not.
        chance: gives the generator of a request.
        store: an open store; None opens the settings' database and prepares its schema.
        compare: measures a challenger beside the champion; a server has none, it would fit models.
    """
    # The matrices of one request are small: handing them to several threads costs more than it gives.
    threadpool_limits(1, user_api="blas")
    if store is None:
        store = open_store(settings.url)
        store.prepare()
    now: Clock = clock if as_of is None else (lambda: as_of)
    metrics = Metrics()
    registry = Registry(store, settings.models_dir, clock, rankers_of)
    builder = Builder(settings, store, Guard(settings.stage_budget_ms / 1_000), checkpointed=record and as_of is None)
    everyone = snapshots_of(settings, store, clock)
    live = Live(store, registry, builder, now, as_of, everyone.everyone if as_of is None else None)
    making = SnapshotProcess(settings.url, settings.snapshots_dir)
    impressions = ImpressionLog(store, sample=settings.impression_sample)
    shown = impressions if record and as_of is None else None
    ledger = ExposureLedger(store) if shown is not None else None
    cache = ListCache(settings.list_cache_seconds, clock)
    training = TrainingService(settings.url, settings.models_dir, settings.snapshots_dir)
    return Twofold(
        settings=settings,
        clock=clock,
        metrics=metrics,
        store=store,
        registry=registry,
        live=live,
        impressions=impressions,
        recommend=RecommendService(live, cache, shown, metrics, now, settings.list_length, chance, ledger),
        explain=ExplainService(live, cache, now, settings.list_length, daily_chance()),
        feedback=FeedbackService(store, metrics, clock),
        people=PeopleService(store, settings.admission, clock),
        promotion=PromotionService(registry, store, compare, clock),
        training=training,
        renewal=Renewal(live, everyone, making, settings.snapshot_after),
        auto_trainer=AutoTrainer(training, FirstTraining(live, registry), order=order_of(settings)),
    )


def compile_loops() -> None:
    """Have the loops of the request path compiled before a list waits for them, and tell when that took long."""
    start = time.perf_counter()
    compile_all()
    if (seconds := time.perf_counter() - start) > TOLD_SECONDS:
        log.info("loops compiled, once for this machine and release", seconds=round(seconds, 1))
