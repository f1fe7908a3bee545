"""Everyone in memory, following the log, with the champion model: the state that all requests of a process share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from twofold.domain.changes import Changes
from twofold.domain.errors import Damaged, NotFound
from twofold.domain.features import FeatureRows
from twofold.domain.time import MICROS_PER_SECOND, Clock, Micros
from twofold.features.checkpoint import Checkpoint
from twofold.models.loaded import LoadedModel
from twofold.models.registry import Registry
from twofold.pipeline.engine import Pipeline
from twofold.population.population import Population
from twofold.population.replay import Log, replay

# Promote and roll back take effect in other processes within this time; looking costs one indexed read.
CHAMPION_SECONDS = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Generation:
    """One population with one model and the pipeline built of both: a list never mixes two."""

    population: Population
    model: LoadedModel | None
    pipeline: Pipeline
    checkpoint: Checkpoint | None


Build = Callable[[Population, LoadedModel | None], Generation]


class Live:
    """Hands out the current generation, up to date with the log.

    Everything that reads or changes the generation does so while it holds ``lock``. With ``as_of`` it is a past moment
    instead, which follows nothing.
    """

    def __init__(self, store: Log, registry: Registry, build: Build, clock: Clock, as_of: Micros | None = None) -> None:
        self._as_of = as_of
        self.lock = threading.RLock()
        self._store, self._registry, self._build, self._clock = store, registry, build, clock
        self._listeners: list[Callable[[Changes], None]] = []
        self._generation: Generation | None = None
        self._looked = 0
        self._refused: str | None = None

    def on_change(self, listener: Callable[[Changes], None]) -> None:
        """Tell ``listener`` about each batch of changes, before the next list is made."""
        self._listeners.append(listener)

    @property
    def loaded(self) -> bool:
        """Whether everyone is in memory."""
        return self._generation is not None

    def current(self) -> Generation:
        """The generation, with every change that was acknowledged before this call.

        Raises:
            Unavailable: when the log cannot be read; nobody is shown then.
        """
        generation = self._generation or self._load()
        self._follow(generation)
        return self._with_champion(generation)

    def flush(self) -> None:
        """Write the feature checkpoint."""
        with self.lock:
            checkpoint = self._generation.checkpoint if self._generation else None
            rows = checkpoint.take() if checkpoint else FeatureRows.none()
        if checkpoint:
            checkpoint.write(rows)

    def _load(self) -> Generation:
        self._generation = self._build(replay(self._store, self._as_of), self._champion(None))
        self._looked = self._clock()
        return self._generation

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
        now = self._clock()
        if 0 <= now - self._looked < CHAMPION_SECONDS * MICROS_PER_SECOND:
            return generation
        self._looked = now
        model = self._champion(generation.model)
        if model is not generation.model:
            self.flush()
            generation = self._generation = self._build(generation.population, model)
        return generation

    def _champion(self, serving: LoadedModel | None) -> LoadedModel | None:
        """The champion, loaded; what is being served when it is the champion or when the champion does not verify."""
        record = self._registry.champion()
        if record is None:
            return None
        if (serving and serving.record.version == record.version) or record.version == self._refused:
            return serving
        try:
            return self._registry.load(record.version)
        except (Damaged, NotFound) as error:
            self._refused = record.version
            log.error("model refused", version=record.version, why=str(error))
            return serving
