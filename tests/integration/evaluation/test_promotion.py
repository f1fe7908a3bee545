"""Promotion on a simulated town in SQLite: what is measurably better is promoted, what is worse takes force."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from twofold.bootstrap import assemble
from twofold.domain.changes import EventColumns
from twofold.domain.time import Micros
from twofold.entrypoints.api.app import create_app
from twofold.entrypoints.cli.app import run
from twofold.evaluation.data import decisions_of
from twofold.settings import Settings
from twofold.simulation.demo import settle_events, settle_people
from twofold.simulation.town import build_town
from twofold.storage.url import open_store
from twofold.training.recipe import Recipe
from twofold.training.run import train

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette's test client prefers a successor of httpx that is not needed here
    from starlette.testclient import TestClient

NOW = Micros(1_780_000_000_000_000)
# Dense enough that what people did to each other (v2) tells more than what one candidate did (v1).
PEOPLE, EVENTS, SEED = 160, 9_000, 4

Said = Callable[..., tuple[int, str, str]]


@dataclass
class Installation:
    """A data folder with a town in it."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder, auto_train=False)

    def train(self, recipe: Recipe, as_of: Micros = NOW) -> None:
        """One more version."""
        with closing(open_store(self.settings.url)) as store:
            train(
                store,
                self.settings.models_dir,
                as_of=as_of,
                clock=lambda: NOW,
                recipe=recipe,
                progress=lambda *_: None,
                threads=1,
            )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """m0001 (v1) serves, m0002 (v2) waits."""
    made = Installation(tmp_path_factory.mktemp("town"))
    town = build_town(PEOPLE, EVENTS, SEED, NOW)
    with closing(open_store(made.settings.url)) as store:
        store.prepare()
        keys = settle_people(town, store, NOW, lambda _: None)
        settle_events(town, store, keys, NOW, lambda _: None)
    for features in ("v1", "v2"):
        made.train(Recipe(features=features))
    return made


@pytest.fixture
def installation(prepared: Installation, tmp_path: Path) -> Installation:
    """One's own copy."""
    return Installation(Path(shutil.copytree(prepared.folder, tmp_path / "town")))


@pytest.fixture
def said(installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """``said("promote", "m0002")``: exit code, standard output, standard error."""
    monkeypatch.setenv("TWOFOLD_DATA_DIR", str(installation.folder))
    monkeypatch.setenv("COLUMNS", "400")

    def said(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["models", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return said


def by_http(client: TestClient, version: str) -> tuple[int, str]:
    """The answer to a promotion: its status, and the problem or the new state."""
    answer = client.post(f"/v1/models/{version}/promote")
    document = answer.json()
    return answer.status_code, str(document["type"] if answer.is_error else document["state"])


def champion(said: Said) -> Any:
    return json.loads(said("list", "--json")[1])["champion"]


def test_better_is_promoted_and_worse_takes_force(installation: Installation, said: Said) -> None:
    with TestClient(create_app(assemble(installation.settings))) as client:
        assert by_http(client, "m0002") == (409, "urn:twofold:problem:refused:not-compared")
        code, out, err = said("promote", "m0002")
        assert (code, out) == (0, "m0002 serves now; running servers follow within a second.\n"), err
        assert err.count("train: ranking ...") == 2, "both are trained aside, and it says how far it is"

        assert by_http(client, "m0001") == (409, "urn:twofold:problem:refused:not-compared")
        code, out, err = said("compare", "m0001", "--json")
        assert (code, err) == (0, ""), "machines are told nothing on the way"
        document = json.loads(out)
        assert (document["challenger"], document["champion"], document["passed"]) == ("m0001", "m0002", False)
        assert by_http(client, "m0001") == (409, "urn:twofold:problem:refused:promotion-rule")
        code, out, err = said("promote", "m0001")
        assert (code, out) == (3, "")
        assert "log loss" in err
        assert "no measured gain" in err
        assert "mutual NDCG@20" in err
        assert "--force" in err
        assert champion(said) == "m0002"

        assert said("promote", "m0001", "--force")[0] == 0
        assert champion(said) == "m0001"
        assert by_http(client, "m0002") == (200, "champion"), "by the verdict that the command line has kept"

    trail = json.loads(said("audit", "--json")[1])["entries"]
    assert [(each["actor"], each["action"], each["subject"]) for each in trail] == [
        ("http", "promote", "m0002"),
        ("cli", "promote", "m0001"),
        ("cli", "compare", "m0001"),
        ("cli", "promote", "m0002"),
        ("cli", "compare", "m0002"),
        ("training", "promote", "m0001"),
    ]
    assert (trail[1]["details"]["forced"], trail[1]["details"]["verdict"]["passed"]) == (True, False)
    assert trail[3]["details"]["forced"] is False
    checks = {each["name"]: each for each in trail[3]["details"]["verdict"]["checks"]}
    assert all(each["passed"] for each in checks.values())
    assert checks["log_loss"]["figure"] < -0.01


def test_a_retraining_is_held_against_the_champion_as_it_serves(installation: Installation, said: Said) -> None:
    with closing(open_store(installation.settings.url)) as store:
        decisions = decisions_of(EventColumns.concatenate(list(store.events())))
    installation.train(Recipe(features="v2", seed=1), Micros(int(decisions.at[len(decisions) // 2])))
    assert said("promote", "m0003", "--force")[0] == 0
    code, out, err = said("compare", "m0002")
    assert code == 0, err
    assert err.count("train: ranking ...") == 1, "the champion is what it is"
    assert f"on {len(decisions) - round(len(decisions) * 0.8):d} decisions" in out
    assert "difference +0.0000" not in out
    assert "difference -0.0000" not in out


def test_a_retraining_on_nothing_new_cannot_be_told_from_the_champion(installation: Installation, said: Said) -> None:
    installation.train(Recipe(features="v1", seed=1))
    code, out, err = said("compare", "m0003")
    assert (code, out) == (3, "")
    assert "only 0 decisions came since" in err
    assert "twofold models promote m0003 --force" in err


def test_a_version_says_how_it_was_trained(said: Said) -> None:
    shown = said("show", "m0001")[1]
    assert "ranker logistic, features v1 with a delay of 1 day, utility product, seed 0" in shown
