"""Boosted trees from the command line to a list, and what happens when their file is damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from twofold.bootstrap import Twofold, assemble
from twofold.domain.errors import Damaged
from twofold.domain.model import Alias, ModelType
from twofold.domain.time import Micros
from twofold.entrypoints.cli.app import run
from twofold.models.calibrated import Calibrated
from twofold.settings import Settings
from twofold.simulation.demo import people_to_show, settle_events, settle_people
from twofold.simulation.town import build_town
from twofold.storage.url import open_store
from twofold.training.__main__ import main

NOW = Micros(1_780_000_000_000_000)


TOWN = build_town(100, 6_000, seed=3, now=NOW)
VIEWER = people_to_show(TOWN, most=len(TOWN.people))[-1]  # hardly decided on anybody yet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a town in it."""
    with closing(open_store(f"sqlite:///{tmp_path / 'twofold.db'}")) as store:
        store.prepare()
        keys = settle_people(TOWN, store, NOW, lambda _: None)
        settle_events(TOWN, store, keys, NOW, lambda _: None)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Twofold]:
    """The product on the folder, which looks for another champion at every list."""
    twofold = assemble(Settings(data_dir=folder, auto_train=False, list_cache_seconds=0), clock=lambda: NOW)
    with closing(twofold):
        yield twofold


def train(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """What the child process of ``twofold train --ranker gbdt`` reports."""
    capsys.readouterr()
    place = ["--database", f"sqlite:///{folder / 'twofold.db'}", "--models", str(folder / "models")]
    code = main([*place, "--as-of", "last", "--ranker", "gbdt", "--threads", "1"])
    told = capsys.readouterr()
    assert code == 0, told.err
    return json.loads(told.out.splitlines()[-1])["report"]


def listed(server: Twofold) -> tuple[str, list[float]]:
    """Which model made somebody's list, and what it says of the people in it, both ways."""
    server.live._looked = 0
    answer = server.recommend.recommend(VIEWER)
    said = [p for item in answer.items for p in (item.p_viewer_likes, item.p_candidate_likes) if p is not None]
    return answer.model, said


def test_trees_are_trained_and_serve_and_damaged_ones_do_not(
    folder: Path, server: Twofold, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(folder, capsys)["promoted"]
    record = server.registry.get("m0001")
    assert record.type is ModelType.GBDT
    assert record.coefficients == {}, "trees have none"
    model, said = listed(server)
    assert model == "m0001"
    assert len(said) > 10
    assert all(0 <= each <= 1 for each in said), "1 or 0 of who has decided already"
    assert len({each for each in said if 0 < each < 1}) > 5
    pipeline = server.live.current().pipeline
    assert isinstance(pipeline.ranker, Calibrated)
    assert isinstance(pipeline.back, Calibrated)
    assert run(["models", "show", "m0001", "--data-dir", str(folder)]) == 0
    assert "ranker gbdt, features v2 with a delay of 1 day" in capsys.readouterr().out

    assert not train(folder, capsys)["promoted"]
    ranker = folder / "models" / server.registry.get("m0002").artifact / "ranker.json"
    ranker.write_bytes(ranker.read_bytes().replace(b"leaf_value=", b"leaf_value=1", 1))
    with pytest.raises(Damaged):
        server.promotion.promote("m0002", "cli", force=True)
    assert listed(server)[0] == "m0001"
    assert run(["models", "show", "m0002", "--data-dir", str(folder)]) == 0
    assert "recipe      unknown: " in capsys.readouterr().out

    _crown_behind_its_back(server, "m0002")
    assert listed(server)[0] == "m0001", "what served before goes on"


def _crown_behind_its_back(server: Twofold, version: str) -> None:
    """As if the files had been damaged after the promotion."""
    server.store.set_alias(Alias.CHAMPION, version, NOW)
