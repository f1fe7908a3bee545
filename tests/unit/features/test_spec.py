"""Versions, hashes, and the page that describes every feature."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.errors import NotFound, Refused
from twofold.domain.event import EventKind
from twofold.features import spec
from twofold.features.service import FeatureService
from twofold.features.spec import (
    EXTRACTORS,
    FEATURES,
    VERSIONS,
    Feature,
    FeatureInput,
    FeatureVersion,
    feature,
    version_of,
)
from twofold.testing.contracts.town import Row, population_of
from twofold.testing.contracts.town import version_of as person_of

PAGE = Path(__file__).parents[3] / "docs" / "features.md"


def test_v1_is_the_founding_documents_nine_in_its_order() -> None:
    assert VERSIONS["v1"].names == (
        "age",
        "account_age_days",
        "interests_count",
        "total_interactions",
        "like_rate",
        "recent_activity_30d",
        "activity_streak_days",
        "embedding_norm",
        "embedding_sparsity",
    )
    assert VERSIONS["h1"].names == ("has_bio", "interests_count", "recent_activity_30d", "account_age_days")
    assert {name for name, version in VERSIONS.items() if version.per_person} == {"v1", "h1"}


def test_each_feature_stands_in_one_extractor_and_in_a_version() -> None:
    """A feature that is imported elsewhere does not count twice, and none is written for nothing."""
    defined = [
        (name, module.__name__.rpartition(".")[2])
        for module in EXTRACTORS
        for name, value in vars(module).items()
        if isinstance(value, Feature) and value.extractor == module.__name__.rpartition(".")[2]
    ]
    assert sorted(defined) == sorted((each.name, each.extractor) for each in FEATURES.values())
    assert {name for version in VERSIONS.values() for name in version.names} == set(FEATURES)


def test_a_version_names_each_feature_once() -> None:
    assert all(len(set(version.names)) == len(version.names) for version in VERSIONS.values())


def test_a_new_feature_is_one_function_and_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    @feature(tells=True)
    def likes_in_all(rows: FeatureInput) -> Floats:
        """Likes of both."""
        return (rows.viewer.given.positives + rows.candidate.given.positives).astype(np.float32)

    monkeypatch.setitem(spec.FEATURES, "likes_in_all", likes_in_all)
    mine = FeatureVersion.of("mine", "likes_in_all", "has_bio")
    monkeypatch.setitem(spec.VERSIONS, "mine", mine)
    rows: list[Row] = [(0, 1, EventKind.LIKE, 1), (1, 2, EventKind.SUPER_LIKE, 2), (2, 0, EventKind.PASS, 3)]
    population = population_of([person_of(key, bio="I row.") for key in range(3)], rows)
    one, others = np.array([0]), np.array([1, 2])
    values = FeatureService(population).values(one, others, AsOf.at(9), "mine")
    assert values.tolist() == [[2, 1], [1, 1]]
    discreet = FeatureService(population, discreet=True).values(one, others, AsOf.at(9), "mine")
    assert np.isnan(discreet[:, 0]).all()
    assert discreet[:, 1].tolist() == [1, 1]
    assert not mine.per_person
    assert likes_in_all.extractor == "test_spec"


@pytest.mark.parametrize("name", list(VERSIONS))
def test_the_page_describes_every_feature_of_every_version(name: str) -> None:
    section = re.search(rf"## Version {name}\n(.*?)(?=\n## |\Z)", PAGE.read_text(), re.DOTALL)
    assert section, f"docs/features.md has no section '## Version {name}'"
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$", section[1], re.MULTILINE)
    assert [row[:2] for row in rows] == [(each, FEATURES[each].extractor) for each in VERSIONS[name].names]
    assert all(meaning.strip() and unknown.strip() for _, _, meaning, unknown in rows)


def test_the_page_says_what_a_discreet_service_leaves_out() -> None:
    section = re.search(r"## Discreet\n(.*?)(?=\n## |\Z)", PAGE.read_text(), re.DOTALL)
    assert section
    assert set(re.findall(r"`(\w+)`", section[1])) == {each.name for each in FEATURES.values() if each.tells}


def test_every_feature_says_what_it_is() -> None:
    assert all(each.compute.__doc__ for each in FEATURES.values())


def test_the_hash_follows_names_order_and_revisions(monkeypatch: pytest.MonkeyPatch) -> None:
    before = FeatureVersion.of("x", "age", "has_bio")
    assert before.hash == FeatureVersion.of("renamed", "age", "has_bio").hash
    assert before.hash != FeatureVersion.of("x", "has_bio", "age").hash
    monkeypatch.setitem(spec.FEATURES, "age", replace(FEATURES["age"], revision=2))
    assert before.hash != FeatureVersion.of("x", "age", "has_bio").hash


def test_a_model_is_served_with_exactly_its_features() -> None:
    assert version_of("v1", VERSIONS["v1"].hash) is VERSIONS["v1"]
    with pytest.raises(Refused, match="train a new model") as caught:
        version_of("v1", "0")
    assert caught.value.code == "feature_hash"
    with pytest.raises(NotFound, match="v1, v2, r1, h1"):
        version_of("v9")
