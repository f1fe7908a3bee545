"""The registry: who serves, who waits, and the way back."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
import pytest

from twofold.domain.errors import Damaged, NotFound
from twofold.domain.model import ModelRecord, ModelState, ModelType
from twofold.domain.time import Micros
from twofold.models.artifact import JSON, Array, write_artifact
from twofold.models.loaded import COLLABORATIVE_DOCUMENT, vector_arrays
from twofold.models.registry import Registry
from twofold.models.vectors import Vectors
from twofold.storage.memory import MemoryStore


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    ticks = count(1)
    return Registry(MemoryStore(), tmp_path, lambda: Micros(next(ticks)))


def files() -> tuple[dict[str, Array], dict[str, JSON]]:
    matrix = np.array([[3, 4], [0, 2]], np.float32)
    arrays, document = vector_arrays(Vectors(matrix, matrix, np.ones(2, bool), np.array([True, False]), 2.0, 5.0))
    return arrays, {COLLABORATIVE_DOCUMENT: document}


def add(registry: Registry, root: Path, version: str) -> None:
    digest = write_artifact(root, version, *files())
    registry.register(
        ModelRecord(
            version=version,
            type=ModelType.COLLABORATIVE,
            artifact=version,
            digest=digest,
            created_at=Micros(0),
            log_position=0,
            as_of=Micros(0),
        )
    )


def served(registry: Registry) -> str | None:
    champion = registry.champion()
    return champion.version if champion else None


def test_registered_waits_promoted_serves_old_retires(registry: Registry, tmp_path: Path) -> None:
    assert registry.champion() is None
    assert registry.candidate() is None
    add(registry, tmp_path, "m0001")
    waiting = registry.candidate()
    assert waiting is not None
    assert waiting.version == "m0001"
    assert registry.promote("m0001").state is ModelState.CHAMPION
    assert registry.candidate() is None
    add(registry, tmp_path, "m0002")
    assert served(registry) == "m0001"
    registry.promote("m0002")
    assert served(registry) == "m0002"
    assert registry.get("m0001").state is ModelState.RETIRED
    assert [record.version for record in registry.list()] == ["m0002", "m0001"]


def test_rolling_back_goes_further_each_time(registry: Registry, tmp_path: Path) -> None:
    for version in ("m0001", "m0002", "m0003"):
        add(registry, tmp_path, version)
        registry.promote(version)
    assert registry.rollback().version == "m0002"
    assert registry.get("m0003").state is ModelState.RETIRED
    assert registry.rollback().version == "m0001"
    assert served(registry) == "m0001"
    with pytest.raises(NotFound, match="no earlier champion"):
        registry.rollback()
    registry.promote("m0003")
    assert registry.rollback().version == "m0001"


def test_promoting_the_champion_again_is_no_reign_of_its_own(registry: Registry, tmp_path: Path) -> None:
    for version in ("m0001", "m0002"):
        add(registry, tmp_path, version)
        registry.promote(version)
    registry.promote("m0002")
    assert registry.rollback().version == "m0001"


def test_moves_are_on_record_and_what_changed_nothing_is_not(tmp_path: Path) -> None:
    store = MemoryStore()
    registry = Registry(store, tmp_path, lambda: Micros(5))
    for version in ("m0001", "m0002"):
        add(registry, tmp_path, version)
        registry.promote(version, "training", {"why": "first"})
    registry.promote("m0002", "cli")
    registry.rollback("cli")
    trail = [(entry.actor, entry.action, entry.subject, entry.details) for entry in reversed(store.audit())]
    assert trail == [
        ("training", "promote", "m0001", {"from": None, "why": "first"}),
        ("training", "promote", "m0002", {"from": "m0001", "why": "first"}),
        ("cli", "rollback", "m0001", {"from": "m0002"}),
    ]
    (tmp_path / "m0002" / "extra").write_bytes(b"")
    with pytest.raises(Damaged):
        registry.promote("m0002")
    assert len(store.audit()) == 3


def test_nothing_serves_that_does_not_verify(registry: Registry, tmp_path: Path) -> None:
    for version in ("m0001", "m0002"):
        add(registry, tmp_path, version)
    registry.promote("m0001")
    (tmp_path / "m0002" / "viewers.npy").write_bytes(b"")
    with pytest.raises(Damaged):
        registry.promote("m0002")
    assert served(registry) == "m0001"
    assert registry.get("m0002").state is ModelState.CANDIDATE
    add(registry, tmp_path, "m0003")
    registry.promote("m0003")
    (tmp_path / "m0001" / "extra").write_bytes(b"")
    with pytest.raises(Damaged):
        registry.rollback()
    assert served(registry) == "m0003"


def test_unknown_versions(registry: Registry) -> None:
    for ask in (registry.get, registry.promote, registry.load):
        with pytest.raises(NotFound, match="models list"):
            ask("m0009")
    with pytest.raises(NotFound):
        registry.rollback()


def test_loading_builds_both_indices(registry: Registry, tmp_path: Path) -> None:
    add(registry, tmp_path, "m0001")
    model = registry.load("m0001")
    assert model.vectors is not None
    assert model.taste is not None
    assert model.people is not None
    assert (model.vectors.regularization, model.vectors.confidence) == (2.0, 5.0)
    everyone, query = np.arange(2), np.array([0.6, 0.8], np.float32)
    keys, products = model.taste.search(query, everyone, 2)
    assert (keys.tolist(), products.tolist()) == ([0], [5.0])  # person 1 has no vector as candidate
    keys, cosines = model.people.nearest(query, 2)
    assert keys.tolist() == [0, 1]
    np.testing.assert_allclose(cosines, [1.0, 0.8], atol=5e-4)


@pytest.mark.parametrize(
    "spoil",
    [
        {"viewers": np.zeros((3, 2), np.float32)},
        {"viewers": np.zeros((2, 2), np.float64)},
        {"viewers": np.full((2, 2), np.nan, np.float32)},
        {"has_viewer": np.ones(5, bool)},
    ],
)
def test_files_that_verify_but_do_not_fit_are_damaged(
    registry: Registry, tmp_path: Path, spoil: dict[str, Array]
) -> None:
    arrays, documents = files()
    digest = write_artifact(tmp_path, "m0001", {**arrays, **spoil}, documents)
    registry.register(
        ModelRecord(
            version="m0001",
            type=ModelType.COLLABORATIVE,
            artifact="m0001",
            digest=digest,
            created_at=Micros(0),
            log_position=0,
            as_of=Micros(0),
        )
    )
    with pytest.raises(Damaged, match="incomplete or of unequal length"):
        registry.load("m0001")
