"""The live state: which model serves, and when a first training is due."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.services.conftest import START, HandClock
from twofold.bootstrap import Twofold
from twofold.domain.errors import Damaged, Refused
from twofold.domain.event import Event, EventKind
from twofold.domain.model import COLLABORATIVE_AFTER, RANKING_AFTER, Alias, ModelRecord, ModelType
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.models.artifact import write_artifact
from twofold.models.loaded import COLLABORATIVE_DOCUMENT, vector_arrays
from twofold.models.vectors import Vectors
from twofold.pipeline.engine import Pipeline
from twofold.population.population import Population
from twofold.services.first_training import FirstTraining
from twofold.settings import Settings


def register(product: Twofold, settings: Settings, version: str, **changes: object) -> None:
    """A collaborative model of random vectors, as champion."""
    rng = np.random.default_rng(len(version))
    matrix = rng.normal(size=(30, 4)).astype(np.float32)
    everyone = np.ones(30, bool)
    arrays, document = vector_arrays(Vectors(matrix, matrix, everyone, everyone, 0.1, 1.0))
    digest = write_artifact(settings.models_dir, version, arrays, {COLLABORATIVE_DOCUMENT: document})
    record = ModelRecord(
        version=version,
        type=ModelType.COLLABORATIVE,
        artifact=version,
        digest=digest,
        created_at=START,
        log_position=product.store.head(),
        as_of=START,
    )
    product.store.add_model(replace(record, **changes))  # type: ignore[arg-type]
    product.store.set_alias(Alias.CHAMPION, version, START)


def sources_of(product: Twofold) -> set[str]:
    answer = product.recommend.recommend("p0", 28)
    return {name for item in answer.items for name in item.sources}


def decide(product: Twofold, clock: HandClock, many: int) -> None:
    """So many decisions, spread over pairs and time."""
    pairs = [(a, b) for a in range(30) for b in range(30) if a != b]
    events = [
        Event(f"p{a}", f"p{b}", EventKind.LIKE, Micros(clock() - 10**9 - number))
        for number, (a, b) in enumerate((pairs * 2)[:many])
    ]
    for start in range(0, many, 10_000):
        product.feedback.record(events[start : start + 10_000])


def test_a_promoted_model_serves_within_a_second_and_drops_cached_lists(
    product: Twofold, settings: Settings, clock: HandClock
) -> None:
    assert "collaborative" not in sources_of(product)
    register(product, settings, "m0001")
    clock.forward(1)
    assert "collaborative" in sources_of(product)


def test_a_champion_that_does_not_verify_never_serves(
    product: Twofold, settings: Settings, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    register(product, settings, "m0001")
    clock.forward(1)
    assert "collaborative" in sources_of(product)
    register(product, settings, "m0002")
    damaged: Path = next((settings.models_dir / "m0002").glob("*candidates*"))
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    clock.forward(1)
    assert product.recommend.recommend("p0", 27).degraded, "what should serve does not"
    generation = product.live.current()
    assert generation.model is not None
    assert generation.model.record.version == "m0001", "the old one keeps serving"
    content[-1] ^= 1
    damaged.write_bytes(content)
    clock.forward(11)
    assert not product.recommend.recommend("p0", 27).degraded
    assert product.recommend.recommend("p0", 26).model == "heuristic"
    generation = product.live.current()
    assert generation.model is not None
    assert generation.model.record.version == "m0002", "once mended, it serves"


def test_a_champion_of_other_features_never_serves_and_is_not_promoted(
    product: Twofold, settings: Settings, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    register(product, settings, "m0001", type=ModelType.LOGISTIC, feature_version="v1", feature_hash="other")
    clock.forward(1)
    answer = product.recommend.recommend("p0")
    assert (answer.model, answer.degraded, len(answer.items)) == ("heuristic", True, 20)
    product.store.set_alias(Alias.CHAMPION, None, clock())
    with pytest.raises((Refused, Damaged)):
        product.registry.promote("m0001")
    assert product.registry.champion() is None


def test_a_rollback_to_nothing_serves_the_heuristic_again(
    product: Twofold, settings: Settings, clock: HandClock
) -> None:
    register(product, settings, "m0001")
    clock.forward(1)
    sources_of(product)
    product.store.set_alias(Alias.CHAMPION, None, clock())
    clock.forward(1)
    assert "collaborative" not in sources_of(product)


def test_the_first_training_is_due_at_the_documents_thresholds(
    product: Twofold, settings: Settings, clock: HandClock
) -> None:
    due = FirstTraining(product.live, product.registry)
    decide(product, clock, COLLABORATIVE_AFTER - 1)
    assert not due()
    decide(product, clock, COLLABORATIVE_AFTER)
    assert due()
    assert due(), "an attempt that failed is made again"
    due.tried()
    assert not due(), "after one that ran to its end it waits for more to learn from"
    register(product, settings, "m0001")
    assert not due()
    decide(product, clock, RANKING_AFTER)
    assert due()


def test_a_day_is_begun_once(product: Twofold, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    warm = Population.warm

    def noted(population: Population, moment: int, half_life: int) -> None:
        begun.append(moment)
        warm(population, moment, half_life)

    monkeypatch.setattr(Population, "warm", noted)
    for _ in range(3):
        product.live.warm()
        clock.forward(3_600)
    clock.forward(86_400)
    product.live.warm()
    assert [moment // MICROS_PER_DAY for moment in begun] == [START // MICROS_PER_DAY, START // MICROS_PER_DAY + 1]


def test_people_are_prepared_once_a_day_a_part_at_a_time(
    product: Twofold, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[int] = []

    def prepare(pipeline: Pipeline, moment: int, start: int) -> int | None:
        parts.append(start)
        return start + 1 if start < 2 else None

    monkeypatch.setattr(Pipeline, "prepare", prepare)
    for _ in range(2):
        product.live.prepare()
        assert parts == [0, 1, 2]
        assert product.live.prepared
    clock.forward(86_400)
    assert not product.live.prepared
    product.live.prepare(stopped=lambda: len(parts) > 4)
    assert parts == [0, 1, 2, 0, 1], "one that is stopped goes no further"
    product.live.prepare()
    assert parts == [0, 1, 2, 0, 1, 0, 1, 2]
