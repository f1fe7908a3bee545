"""The founding sketch makes lists: of whom one has not decided on, best first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from twofold.bench.sketch import SHOWN, Sketch, sketch_features
from twofold.simulation.world.shape import NOW, Shape
from twofold.simulation.world.world import World, build_world
from twofold.storage.sql.bulk import BulkEvents, bulk_load

PEOPLE = 300


@pytest.fixture
def world() -> World:
    return build_world(Shape(people=PEOPLE, seed=2))


def test_the_list_leaves_out_whom_one_decided_on(world: World, tmp_path: Path) -> None:
    file, deeds = tmp_path / "twofold.db", world.deeds
    bulk_load(file, world.people(), BulkEvents(deeds.actor, deeds.target, deeds.kind, deeds.at), NOW)
    vectors = np.random.default_rng(1).normal(size=(PEOPLE, 8)).astype(np.float32)
    features = sketch_features(file, vectors, NOW)
    assert features.shape == (PEOPLE, 9)
    assert np.isfinite(features).all()
    assert features[:, 3].sum() == (deeds.kind <= 4).sum()
    sketch = Sketch(file, vectors, features, lambda rows: rows[:, 4])
    try:
        viewer = int(np.argmax(np.bincount(deeds.actor)))
        found, _ = sketch.recommend(viewer)
        assert len(found) == len(set(found)) == SHOWN
        assert not set(found) & {viewer, *deeds.target[deeds.actor == viewer].tolist()}
        assert (np.diff(features[found, 4]) <= 0).all()
        report = sketch.measure(np.arange(5))
        assert report.ms.n == 5
        assert set(report.parts) == {"collaborative", "content", "random", "features", "predict"}
    finally:
        sketch.close()
