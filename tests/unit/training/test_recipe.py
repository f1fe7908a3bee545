"""What a training may be asked to make."""

from __future__ import annotations

import json

import pytest

from twofold.domain.errors import Damaged, InvalidInput, NotFound
from twofold.domain.model import RANKING_AFTER, ModelRecord, ModelType
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.training.recipe import Recipe


def test_it_survives_json() -> None:
    recipe = Recipe(features="v1", delay_days=0.5, frozen_at=7, seed=3)
    assert Recipe.from_document(json.loads(json.dumps(recipe.to_document()))) == recipe


def test_the_defaults() -> None:
    recipe = Recipe()
    assert (recipe.ranker, recipe.features) == (ModelType.LOGISTIC, "v2")
    assert (recipe.delay, recipe.least_decisions) == (MICROS_PER_DAY, RANKING_AFTER)


@pytest.mark.parametrize("days", [-1.0, 366.0, float("nan")])
def test_a_delay_is_up_to_a_year(days: float) -> None:
    with pytest.raises(InvalidInput, match="delay_days"):
        Recipe(delay_days=days)


def test_a_ranker_ranks() -> None:
    with pytest.raises(InvalidInput, match="ranker: expected one of logistic, gbdt"):
        Recipe(ranker=ModelType.COLLABORATIVE)


def test_features_are_of_a_version_there_is() -> None:
    with pytest.raises(NotFound, match="feature version"):
        Recipe(features="v99")


def test_older_artifacts_have_the_defaults_of_their_features() -> None:
    record = ModelRecord(
        version="m0001",
        type=ModelType.GBDT,
        artifact="m0001",
        digest="",
        created_at=Micros(0),
        log_position=0,
        as_of=Micros(0),
        feature_version="v1",
    )
    assert Recipe.of(record, None) == Recipe(ranker=ModelType.GBDT, features="v1")
    assert Recipe.of(record, Recipe(seed=4).to_document()) == Recipe(seed=4)


@pytest.mark.parametrize("document", [{"later": 1}, [], "v2", {"ranker": "oracle"}, {"seed": "1"}, {"delay_days": -1}])
def test_what_is_no_recipe_is_damaged(document: object) -> None:
    with pytest.raises(Damaged, match="recipe of the model"):
        Recipe.from_document(document)
