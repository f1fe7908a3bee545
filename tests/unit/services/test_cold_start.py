"""Newcomers: a list at once, one that follows their first decisions, and a place on the lists of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from tests.unit.services.conftest import START, HandClock
from twofold.bootstrap import Twofold
from twofold.domain.event import EventKind
from twofold.domain.model import ModelRecord, ModelType
from twofold.domain.person import Person
from twofold.features.spec import VERSIONS
from twofold.models.artifact import write_artifact
from twofold.models.loaded import COLLABORATIVE_DOCUMENT, vector_arrays
from twofold.models.vectors import Vectors, levels_of
from twofold.rankers.logistic import LogisticParameters
from twofold.settings import PRESETS
from twofold.testing.contracts.models import ranker_documents

Act = Callable[[str, EventKind, str], None]
NEW = Person(
    id="new", birth_date=date(1995, 5, 5), gender="woman", place="north", interests=("chess", "jazz"), created_at=START
)


@pytest.fixture
def two_tastes(product: Twofold, clock: HandClock) -> Twofold:
    """A model of two tastes, for people of even and of odd number, that orders by taste alone."""
    matrix = np.zeros((30, 2), np.float32)
    matrix[np.arange(30), np.arange(30) % 2] = 1
    everyone, chosen = np.ones(30, bool), VERSIONS["v2"]
    levels = levels_of(matrix, matrix, np.random.default_rng(0))
    vectors = Vectors(matrix, matrix, everyone, everyone, 0.1, 20.0, START, product.store.head(), levels)
    arrays, document = vector_arrays(vectors)
    zeros, ones = (0.0,) * len(chosen.names), (1.0,) * len(chosen.names)
    by_taste = tuple(float(name == "taste") for name in chosen.names)
    parameters = LogisticParameters(chosen.names, zeros, ones, by_taste, 0.0)
    documents = {COLLABORATIVE_DOCUMENT: document, **ranker_documents(parameters)}
    digest = write_artifact(product.settings.models_dir, "m0001", arrays, documents)
    product.registry.register(
        ModelRecord(
            version="m0001",
            type=ModelType.LOGISTIC,
            artifact="m0001",
            digest=digest,
            created_at=START,
            log_position=product.store.head(),
            as_of=START,
            feature_version="v2",
            feature_hash=chosen.hash,
        )
    )
    product.registry.promote("m0001")
    clock.forward(1)
    return product


def tops(product: Twofold, person: str) -> list[int]:
    """Numbers of the first six people."""
    answer = product.recommend.recommend(person, 6)
    assert "cache" not in answer.timings_ms
    assert answer.model == "m0001"
    return [int(item.person[1:]) for item in answer.items]


def test_who_did_nothing_yet_has_a_list_from_what_needs_no_acts(two_tastes: Twofold, act: Act) -> None:
    for number in range(5):
        act(f"p{number}", EventKind.LIKE, "p9")
    two_tastes.people.put(NEW)
    answer = two_tastes.recommend.recommend("new", 29)
    assert len(answer.items) == 29
    assert not answer.degraded
    brought = {name for item in answer.items for name in item.sources}
    assert brought == {"popular", "content", "exploration"}
    order = [name for name in PRESETS["balanced"] if name in brought]
    assert order == ["popular", "content", "exploration"], "as docs/sources.md says"
    assert "popular" in next(item.sources for item in answer.items if item.person == "p9")


def test_ten_decisions_move_the_next_list_without_a_training(two_tastes: Twofold, act: Act) -> None:
    two_tastes.people.put(NEW)
    first = tops(two_tastes, "new")
    assert {number % 2 for number in first} == {0, 1}, "nothing is known of their taste"
    for number in range(10, 20):
        act("new", EventKind.LIKE if number % 2 else EventKind.DISLIKE, f"p{number}")
    second = tops(two_tastes, "new")
    assert [number % 2 for number in second].count(1) >= 5, "all but the one drawn by chance"
    answer = two_tastes.recommend.recommend("new", 19)
    assert "collaborative" in {name for item in answer.items for name in item.sources}


def test_another_taste_moves_it_the_other_way(two_tastes: Twofold, act: Act) -> None:
    two_tastes.people.put(NEW)
    for number in range(10, 20):
        act("new", EventKind.DISLIKE if number % 2 else EventKind.LIKE, f"p{number}")
    assert [number % 2 for number in tops(two_tastes, "new")].count(0) >= 5


def test_somebody_new_is_found_by_the_next_list(two_tastes: Twofold) -> None:
    assert "new" not in {item.person for item in two_tastes.recommend.recommend("p1", 29).items}
    two_tastes.people.put(NEW)
    found = {item.person: item.sources for item in two_tastes.recommend.recommend("p1", 30).items}
    assert {"content", "exploration"} <= set(found["new"])
    assert "collaborative" not in found["new"]
