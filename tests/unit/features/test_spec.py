"""Versions, hashes, and the page that describes every feature."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from twofold.domain.errors import NotFound, Refused
from twofold.features import spec
from twofold.features.spec import EXTRACTORS, FEATURES, VERSIONS, FeatureVersion, version_of

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
    assert all(version.per_person for version in VERSIONS.values())


def test_there_are_three_extractors_and_each_feature_stands_in_one() -> None:
    assert {module.__name__.rpartition(".")[2] for module in EXTRACTORS} == {
        each.extractor for each in FEATURES.values()
    }
    assert len(FEATURES) == 10


@pytest.mark.parametrize("name", list(VERSIONS))
def test_the_page_describes_every_feature_of_every_version(name: str) -> None:
    section = re.search(rf"## Version {name}\n(.*?)(?=\n## |\Z)", PAGE.read_text(), re.DOTALL)
    assert section, f"docs/features.md has no section '## Version {name}'"
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", section[1], re.MULTILINE)
    assert rows == [(feature, FEATURES[feature].extractor) for feature in VERSIONS[name].names]


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
    with pytest.raises(NotFound, match="v1, h1"):
        version_of("v9")
