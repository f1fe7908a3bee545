"""Worlds are kept, and half-built ones never used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twofold.entrypoints.cli.benching import worlds
from twofold.entrypoints.cli.benching.asked import Asked
from twofold.entrypoints.cli.benching.worlds import kept_world, nobodys_settings
from twofold.simulation.world.shape import Shape

SHAPE = Shape(people=120, seed=3)


def nothing(_stage: str, _done: float) -> None:
    """Reports to nobody."""


def test_a_world_is_built_once(tmp_path: Path) -> None:
    first, again = (kept_world(SHAPE, tmp_path, nothing) for _ in range(2))
    assert (first.fresh, again.fresh) == (True, False)
    assert first.built == again.built
    assert [each.name for each in tmp_path.iterdir()] == [SHAPE.name]
    assert len(first.pool(unlimited=True)) + len(first.pool(unlimited=False)) <= 120
    facts = Asked(SHAPE, tmp_path).facts(again)
    assert (facts.people, facts.events) == (120, first.built.events)


def test_a_half_built_world_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: object, **_more: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(worlds, "bulk_load", breaks)
        with pytest.raises(KeyboardInterrupt):
            kept_world(SHAPE, tmp_path, nothing)
    assert list(tmp_path.iterdir()) == []
    assert kept_world(SHAPE, tmp_path, nothing).fresh


def test_who_builds_the_same_meanwhile_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = worlds._build

    def slower(shape: Shape, folder: Path, report: object) -> None:
        build(shape, folder, nothing)
        monkeypatch.setattr(worlds, "_build", build)
        kept_world(SHAPE, tmp_path, nothing)

    monkeypatch.setattr(worlds, "_build", slower)
    assert kept_world(SHAPE, tmp_path, nothing).built.people == 120
    assert [each.name for each in tmp_path.iterdir()] == [SHAPE.name]


def test_a_copy_is_written_to_and_removed(tmp_path: Path) -> None:
    world = kept_world(SHAPE, tmp_path, nothing)
    with world.copy() as settings:
        (settings.data_dir / "more").touch()
        assert settings.url.startswith("sqlite:///")
    assert not (world.folder / "more").exists()
    assert [each.name for each in tmp_path.iterdir()] == [SHAPE.name]


def test_settings_of_ones_own_are_put_aside_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_RANKER", "gbdt")
    with nobodys_settings():
        assert "TWOFOLD_RANKER" not in os.environ
    assert os.environ["TWOFOLD_RANKER"] == "gbdt"
