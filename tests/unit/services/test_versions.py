"""One process, one population, several versions of the model: each answers for itself, none is mixed with another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.unit.services.conftest import START, HandClock
from twofold.bootstrap import Twofold
from twofold.domain.errors import NotFound, Refused
from twofold.domain.event import EventKind
from twofold.domain.model import ModelRecord, ModelType
from twofold.features.spec import VERSIONS
from twofold.models.artifact import write_artifact
from twofold.models.loaded import COLLABORATIVE_DOCUMENT, vector_arrays
from twofold.models.vectors import Vectors
from twofold.rankers.logistic import LogisticParameters
from twofold.services.live import MOST_BESIDE
from twofold.settings import Settings
from twofold.storage.memory import MemoryStore
from twofold.testing.contracts.models import ranker_documents

Act = Callable[[str, EventKind, str], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # A busy machine must not make a list that lacks a part.
    return Settings(data_dir=tmp_path, auto_train=False, stage_budget_ms=60_000)


def register(product: Twofold, version: str, features: str, like: str = "", seed: int = 0) -> None:
    """A ranking model of random vectors: by random coefficients, or by one feature alone."""
    rng, chosen = np.random.default_rng(seed), VERSIONS[features]
    matrix, everyone = rng.normal(size=(30, 4)).astype(np.float32), np.ones(30, bool)
    vectors = Vectors(matrix, matrix, everyone, everyone, 0.1, as_of=START, position=10**6)
    arrays, document = vector_arrays(vectors)
    zeros, ones = (0.0,) * len(chosen.names), (1.0,) * len(chosen.names)
    drawn = tuple(rng.normal(size=len(chosen.names)).tolist())
    weights = tuple(float(name == like) for name in chosen.names) if like else drawn
    parameters = LogisticParameters(chosen.names, zeros, ones, weights, 0.0)
    documents = {COLLABORATIVE_DOCUMENT: document, **ranker_documents(parameters)}
    digest = write_artifact(product.settings.models_dir, version, arrays, documents)
    product.registry.register(
        ModelRecord(
            version=version,
            type=ModelType.LOGISTIC,
            artifact=version,
            digest=digest,
            created_at=START,
            log_position=product.store.head(),
            as_of=START,
            feature_version=features,
            feature_hash=chosen.hash,
        )
    )


@pytest.fixture
def two(product: Twofold, clock: HandClock) -> Twofold:
    """m0001 of features v1 serves, m0002 of features v2 waits."""
    register(product, "m0001", "v1")
    register(product, "m0002", "v2", seed=1)
    product.registry.promote("m0001")
    clock.forward(1)
    return product


def people(product: Twofold, person: str, model: str | None = None) -> list[str]:
    return [item.person for item in product.recommend.recommend(person, 29, model=model).items]


def test_a_version_beside_the_champion_answers_for_itself(two: Twofold) -> None:
    first, second = two.recommend.recommend("p0"), two.recommend.recommend("p0", model="m0002")
    assert (first.model, first.features) == ("m0001", "v1")
    assert (second.model, second.features) == ("m0002", "v2")
    assert [item.person for item in first.items] != [item.person for item in second.items]
    for answer in (first, second):
        assert not answer.degraded
        for item in answer.items:
            assert item.p_viewer_likes is not None
            assert item.p_candidate_likes is not None
            assert item.score == pytest.approx(item.p_viewer_likes * item.p_candidate_likes)


def test_at_once_and_from_many_threads_no_list_is_of_two_versions(two: Twofold) -> None:
    asked = [(f"p{number % 6}", model) for number in range(72) for model in ("m0001", "m0002", None)]
    expected = {(person, model): people(two, person, model) for person, model in asked[:18]}
    population = two.live.current().population

    def ask(question: tuple[str, str | None]) -> None:
        person, model = question
        answer = two.recommend.recommend(person, 29, model=model)
        assert answer.model == (model or "m0001")
        assert answer.features == {"m0001": "v1", "m0002": "v2"}[answer.model]
        assert [item.person for item in answer.items] == expected[person, model]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, asked))
    assert two.live.with_model("m0002").population is two.live.with_model("m0001").population is population


def test_such_a_list_is_neither_kept_nor_shown(two: Twofold, store: MemoryStore) -> None:
    champions = people(two, "p0")
    people(two, "p0", "m0002")
    again = two.recommend.recommend("p0", 29)
    assert "cache" in again.timings_ms
    assert [item.person for item in again.items] == champions
    assert "cache" not in two.recommend.recommend("p0", 29, model="m0002").timings_ms
    assert "cache" not in two.recommend.recommend("p0", 29, model="m0001").timings_ms
    two.impressions.close()
    assert {row.model for row in store.impressions()} == {"m0001"}
    assert store.count_impressions() == 2 * 29


def test_it_follows_the_log_as_the_champion_does(two: Twofold, act: Act) -> None:
    assert "p3" in people(two, "p0", "m0002")
    act("p3", EventKind.BLOCK, "p0")
    assert "p3" not in people(two, "p0", "m0002")
    two.people.remove("p4")
    assert "p4" not in people(two, "p0", "m0002")


def test_what_is_not_registered_or_does_not_verify_is_refused(two: Twofold) -> None:
    with pytest.raises(NotFound, match="no model of this version"):
        two.recommend.recommend("p0", model="m0009")
    for file in (two.settings.models_dir / "m0002").glob("ranker*"):
        file.write_bytes(b"{}")
    with pytest.raises(Refused, match=r"checksum|size") as caught:
        two.recommend.recommend("p0", model="m0002")
    assert caught.value.code == "model_unusable"
    assert two.recommend.recommend("p0").model == "m0001"


def test_features_that_changed_since_are_refused(two: Twofold, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = VERSIONS["v2"]
    monkeypatch.setitem(VERSIONS, "v2", type(changed)(changed.name, changed.names, "other", changed.per_person))
    with pytest.raises(Refused, match="not those the model was trained on"):
        two.recommend.recommend("p0", model="m0002")


def test_only_so_many_versions_are_kept(two: Twofold) -> None:
    for number in range(3, 4 + MOST_BESIDE):
        register(two, f"m{number:04}", "h1", seed=number)
        assert two.recommend.recommend("p0", model=f"m{number:04}").model == f"m{number:04}"
    assert len(two.live._beside) == MOST_BESIDE
    assert two.recommend.recommend("p0", model="m0003").model == "m0003"


def test_the_promoted_version_is_the_one_that_was_looked_at(two: Twofold, clock: HandClock) -> None:
    looked = people(two, "p0", "m0002")
    two.registry.promote("m0002")
    clock.forward(1)
    assert people(two, "p0") == looked
    assert two.recommend.recommend("p0", model="m0001").model == "m0001"
