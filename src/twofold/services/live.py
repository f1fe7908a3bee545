"""Everyone in memory, following the log, with the champion model: the state that all requests of a process share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from cachetools import LRUCache

from twofold.domain.changes import Changes
from twofold.domain.errors import Damaged, NotFound, Refused
from twofold.domain.features import FeatureRows
from twofold.domain.model import ModelRecord
from twofold.domain.time import MICROS_PER_SECOND, Clock, Micros, day_of
from twofold.features.checkpoint import Checkpoint
from twofold.models.loaded import LoadedModel
from twofold.models.registry import Registry
from twofold.pipeline.engine import Pipeline
from twofold.population.decay import HALF_LIFE_DAYS
from twofold.population.population import Population
from twofold.population.replay import Log, replay

# Promote and roll back take effect in other processes within this time; looking costs one indexed read.
CHAMPION_SECONDS = 0.5
# So many versions beside the champion are kept in memory; each holds its vectors (100 MB for 200,000 people).
MOST_BESIDE = 4
# A champion that could not be used is tried again: its files may have been mended.
AGAIN_SECONDS = 10
# Between two parts of what is prepared, so that a list that waits gets its turn.
PAUSE = 0.001
# While a population takes over nobody is served: so many changes are followed in a millisecond or two.
MOST_WHILE_HELD = 200
# After so many times a server that is written to faster than it can read serves on from what it has.
MOST_TRIES = 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Generation:
    """One population with one model and the pipeline built of both: a list never mixes two.

    ``degraded``: the champion could not be used, and this is what served before it.
    """

    population: Population
    model: LoadedModel | None
    pipeline: Pipeline
    checkpoint: Checkpoint | None
    degraded: bool = False


class Build(Protocol):
    """Builds a generation of a population and a model; its features are kept in a checkpoint unless told otherwise."""

    def __call__(
        self,
        population: Population,
        model: LoadedModel | None,
        checkpointed: bool = True,
        checkpoint: Checkpoint | None = None,
    ) -> Generation:
        """The generation that serves this model (None: the heuristic) on this population.

        Args:
            checkpoint: is used again, where there is one of the same model.
        """


class Live:
    """Hands out the current generation, up to date with the log.

    Everything that reads or changes the generation does so while it holds ``lock``. With ``as_of`` it is a past moment
    instead, which follows nothing. ``everyone`` gives everyone as of some position of the log to begin with; without it
    all of the log is read.
    """

    def __init__(
        self,
        store: Log,
        registry: Registry,
        build: Build,
        clock: Clock,
        as_of: Micros | None = None,
        everyone: Callable[[], Population] | None = None,
    ) -> None:
        self._as_of = as_of
        self._everyone = everyone or (lambda: replay(store, as_of))
        self.lock = threading.RLock()
        self._store, self._registry, self._build, self._clock = store, registry, build, clock
        self._listeners: list[Callable[[Changes], None]] = []
        self._generation: Generation | None = None
        self._looked = 0
        self._warm_day: int | None = None
        self._prepared: tuple[Pipeline | None, int] = (None, 0)
        self._refused: tuple[str, int] = ("", 0)
        self._beside: LRUCache[str, Generation] = LRUCache(MOST_BESIDE)

    def on_change(self, listener: Callable[[Changes], None]) -> None:
        """Tell ``listener`` about each batch of changes, before the next list is made."""
        self._listeners.append(listener)

    @property
    def loaded(self) -> bool:
        """Whether everyone is in memory."""
        return self._generation is not None

    @property
    def span(self) -> tuple[int, int] | None:
        """The log positions at which the population began and at which it is; None while nobody is in memory."""
        generation = self._generation
        return None if generation is None else (generation.population.began, generation.population.position)

    @property
    def carried(self) -> int:
        """The UTC day of which a snapshot brought what is computed of everybody; -1: none did."""
        generation = self._generation
        return -1 if generation is None else generation.population.carried

    @property
    def outlived(self) -> bool:
        """Whether that day is over, so that this process holds what it computed itself."""
        return 0 <= self.carried < day_of(self._clock())

    def current(self) -> Generation:
        """The generation, with every change that was acknowledged before this call.

        Raises:
            Unavailable: when the log cannot be read; nobody is shown then.
        """
        generation = self._generation or self._load()
        self._follow(generation)
        return self._with_champion(generation)

    def warm(self) -> None:
        """Compute what the first list of a day would have to, so that nobody waits for it; once a UTC day.

        Raises:
            Unavailable: as `current`.
        """
        with self.lock:
            generation, now = self.current(), self._clock()
            if self._warm_day != day_of(now):
                self._warm_day = _warmed(generation.population, generation.model, now)

    def change(self, population: Population) -> bool:
        """Serve from another population of the same log, which nobody else has; with the model that serves.

        All that takes time is done before it serves. While it takes over, the lock is held for as long as the last few
        changes take, so that no list is made of two, and none sees less of the log than one before it.

        Returns:
            Whether it serves now: not if nothing has served yet, or if changes come faster than it can follow them.

        Raises:
            Unavailable: the log cannot be read; the old one serves on.
        """
        fresh: Generation | None = None
        for _ in range(MOST_TRIES if self.loaded else 0):
            if fresh is None or self._generation is None or fresh.model is not self._generation.model:
                fresh, day = self._built_on(population)
            self._catch_up(population)
            with self.lock:
                serving, behind = self.current(), self._store.head() - population.position
                if serving.model is fresh.model and behind <= MOST_WHILE_HELD:
                    self._take_over(serving, fresh)
                    self._warm_day, self._prepared = day, (fresh.pipeline, day)
                    return True
        return False

    def _built_on(self, population: Population) -> tuple[Generation, int]:
        """What serves, on another population, and the UTC day for which it is warm."""
        with self.lock:
            serving = self.current()
        now = self._clock()
        day = _warmed(population, serving.model, now)
        fresh = self._build(population, serving.model, checkpoint=serving.checkpoint)
        start: int | None = 0
        while start is not None:
            start = fresh.pipeline.prepare(now, start)
            time.sleep(PAUSE)
        return fresh, day

    def _catch_up(self, population: Population) -> None:
        for part in self._store.changes_after(population.position).parts(population.position, MOST_WHILE_HELD):
            population.apply(part)

    def _take_over(self, serving: Generation, fresh: Generation) -> None:
        """Up to the end of the log, as `_follow`: what the cached lists of the old one did not see is told."""
        self._follow(fresh)
        fresh.population.exposure = serving.population.exposure
        self._beside.clear()
        self._generation = replace(fresh, degraded=serving.degraded)

    def prepare(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Compute ahead what lists read of single people, once per pipeline and UTC day; lists go first.

        Raises:
            Unavailable: as `current`.
        """
        begun: Pipeline | None = None
        start: int | None = 0
        while start is not None and not stopped():
            with self.lock:
                pipeline, now = self.current().pipeline, self._clock()
                if self._prepared[0] is pipeline and self._prepared[1] == day_of(now):
                    return
                start = pipeline.prepare(now, start if begun is pipeline else 0)
                begun = pipeline
                if start is None:
                    self._prepared = (pipeline, day_of(now))
            time.sleep(PAUSE)

    @property
    def prepared(self) -> bool:
        """Whether that is done for the pipeline that serves, for this UTC day; lists take longer until then."""
        pipeline, day = self._prepared
        serves = self._generation is not None and self._generation.pipeline is pipeline
        return serves and day == day_of(self._clock())

    def with_model(self, version: str) -> Generation:
        """The same population with another version, for a look beside the one that serves.

        Raises:
            NotFound: there is no such version.
            Refused: code ``model_unusable``, when its files do not verify; ``feature_hash``, when this release has not
                its features.
            Unavailable: as `current`.
        """
        generation, record = self.current(), self._registry.get(version)
        for kept in (generation, self._beside.get(version)):
            if kept is not None and kept.model is not None and _same(kept.model.record, record):
                return kept
        try:
            built = self._build(generation.population, self._registry.load(version), checkpointed=False)
        except Damaged as error:
            raise Refused("model_unusable", str(error)) from error
        self._beside[version] = built
        return built

    def flush(self) -> None:
        """Write the feature checkpoint."""
        with self.lock:
            checkpoint = self._generation.checkpoint if self._generation else None
            rows = checkpoint.take() if checkpoint else FeatureRows.none()
        if checkpoint:
            checkpoint.write(rows)

    def _load(self) -> Generation:
        population = self._everyone()
        population.bring_in()
        return self._crowned(self._build(population, None))

    def _follow(self, generation: Generation) -> None:
        population = generation.population
        if self._as_of is not None or self._store.head() == population.position:
            return
        changes = self._store.changes_after(population.position)
        population.apply(changes)
        for removal in changes.removals:
            if generation.checkpoint is not None:
                generation.checkpoint.forget(removal.key)
        for listener in self._listeners:
            listener(changes)

    def _with_champion(self, generation: Generation) -> Generation:
        if 0 <= self._clock() - self._looked < CHAMPION_SECONDS * MICROS_PER_SECOND:
            return generation
        return self._crowned(generation)

    def _crowned(self, generation: Generation) -> Generation:
        """The generation with the champion; with what it had, and degraded, while the champion cannot be used."""
        self._looked = self._clock()
        champion, serving = self._registry.champion(), generation.model
        if champion is None:
            fresh: Generation | None = self._build(generation.population, None) if serving else generation
        elif serving is not None and serving.record.version == champion.version:
            fresh = generation
        else:
            fresh = self._try(generation.population, champion.version)
        if fresh is None:
            self._generation = replace(generation, degraded=True)
        else:
            if fresh is not generation:
                self.flush()
            self._generation = replace(fresh, degraded=False)
        return self._generation

    def _try(self, population: Population, version: str) -> Generation | None:
        """A generation with this version; None when it does not verify or this release has not its features."""
        refused, until = self._refused
        if refused == version and self._looked < until:
            return None
        try:
            return self._build(population, self._registry.load(version))
        except (Damaged, NotFound, Refused) as error:
            self._refused = (version, self._looked + AGAIN_SECONDS * MICROS_PER_SECOND)
            log.error("model refused", version=version, why=str(error))
            return None


def _warmed(population: Population, model: LoadedModel | None, now: Micros) -> int:
    """Compute what is computed once a day; the UTC day."""
    population.warm(now, model.half_life if model else HALF_LIFE_DAYS)
    return day_of(now)


def _same(one: ModelRecord, other: ModelRecord) -> bool:
    return (one.version, one.digest) == (other.version, other.digest)
