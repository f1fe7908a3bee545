"""What every `FeatureStore` and `ModelStore` promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twofold.domain.errors import NotFound, Refused
from twofold.domain.features import FeatureRows
from twofold.domain.model import Alias, ModelRecord, ModelType
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.testing.contracts.acts import NOW

# Bits that a detour over decimals or doubles would lose: smallest subnormal, largest, negative zero, one third, NaN.
ODD = np.array([1e-45, 3.4028235e38, -0.0, 1 / 3, np.nan, -np.inf], np.float32)


def feature_rows(keys: list[int], shift: int = 0) -> FeatureRows:
    """Feature rows of some people that tell each other apart."""
    values = np.array([[key + shift, key / 7] for key in keys], np.float32)
    moments = np.array([NOW + key + shift for key in keys], np.int64)
    return FeatureRows(np.array(keys, np.int64), values, moments, moments + 2**53)


def model_of(version: str, created_at: int = NOW) -> ModelRecord:
    """A model with every field filled."""
    return ModelRecord(
        version=version,
        type=ModelType.LOGISTIC,
        artifact=f"{version}-folder",
        digest="d" * 64,
        created_at=Micros(created_at),
        log_position=2**53 + 1,
        as_of=Micros(created_at - 1),
        feature_version="v1",
        feature_hash="f" * 64,
        metrics={"auc": 0.1 + 0.2},
        coefficients={"age": -1e-17, "like_rate": 3.0},
    )


class FeatureStoreContract:
    """Checkpoints come back to the bit; `store` is an empty, prepared store."""

    def test_values_come_back_to_the_bit(self, store: Store) -> None:
        keys, moments = np.array([7, 2], np.int64), np.array([2**53 + 1, -3], np.int64)
        store.put_features("v1", FeatureRows(keys, np.stack([ODD, ODD[::-1]]), moments, moments + 4))
        found = store.get_features("v1")
        assert found.keys.tolist() == [2, 7]
        assert found.values.tobytes() == np.stack([ODD[::-1], ODD]).tobytes()
        assert found.computed_at.tolist() == [-3, 2**53 + 1]
        assert found.position.tolist() == [1, 2**53 + 5]
        dtypes = [str(column.dtype) for column in (found.keys, found.values, found.computed_at, found.position)]
        assert dtypes == ["int64", "float32", "int64", "int64"]

    def test_a_row_replaces_the_persons_older_one_of_its_version(self, store: Store) -> None:
        store.put_features("v1", feature_rows([0, 1]))
        store.put_features("v2", feature_rows([0]))
        store.put_features("v1", feature_rows([1], shift=5))
        assert store.get_features("v1").values[:, 0].tolist() == [0.0, 6.0]
        assert store.get_features("v1").computed_at.tolist() == [NOW, NOW + 6]
        assert store.get_features("v1").position.tolist() == [NOW + 2**53, NOW + 2**53 + 6]
        assert store.get_features("v2").values[:, 0].tolist() == [0.0]

    def test_none(self, store: Store) -> None:
        store.put_features("v1", feature_rows([0]))
        store.put_features("v1", FeatureRows.none())
        assert len(store.get_features("v1")) == 1
        none = store.get_features("v9")
        assert (len(none), none.values.shape, len(none.computed_at), len(none.position)) == (0, (0, 0), 0, 0)


class ModelStoreContract:
    """Versions and aliases; `store` is an empty, prepared store."""

    def test_a_model_comes_back_as_it_was_added(self, store: Store) -> None:
        record = model_of("m0001")
        bare = replace(
            model_of("m0002"), type=ModelType.COLLABORATIVE, feature_version=None, feature_hash=None, metrics={}
        )
        store.add_model(record)
        store.add_model(bare)
        assert store.get_model("m0001") == record
        assert store.get_model("m0002") == bare
        assert store.get_model("m0003") is None

    def test_versions_are_named_in_order_and_listed_newest_first(self, store: Store) -> None:
        for age in range(3):
            version = store.next_version()
            assert store.next_version() == version
            store.add_model(model_of(version, NOW + age))
        assert [record.version for record in store.list_models()] == ["m0003", "m0002", "m0001"]

    def test_a_version_is_registered_once(self, store: Store) -> None:
        store.add_model(model_of("m0001"))
        with pytest.raises(Refused) as refused:
            store.add_model(model_of("m0001", NOW + 1))
        assert refused.value.code == "version_taken"
        assert store.get_model("m0001") == model_of("m0001")

    def test_states_follow_the_champion(self, store: Store) -> None:
        for number in (1, 2, 3):
            store.add_model(model_of(f"m000{number}", NOW + number))
        seen = []
        for moment, version in enumerate(["m0001", "m0002", None, "m0001"]):
            store.set_alias(Alias.CHAMPION, version, Micros(moment))
            seen.append([record.state.value for record in reversed(store.list_models())])
        assert seen == [
            ["champion", "candidate", "candidate"],
            ["retired", "champion", "candidate"],
            ["retired", "retired", "candidate"],
            ["champion", "retired", "candidate"],
        ]

    def test_aliases_move_and_remember(self, store: Store) -> None:
        store.add_model(model_of("m0001"))
        store.add_model(model_of("m0002"))
        assert (dict(store.aliases()), store.alias_history(Alias.CHAMPION)) == ({}, [])
        for moment, version in enumerate(["m0001", "m0002", "m0002", None, "m0001"]):
            store.set_alias(Alias.CHAMPION, version, Micros(moment))
        store.set_alias(Alias.CANDIDATE, "m0002", Micros(9))
        assert dict(store.aliases()) == {Alias.CHAMPION: "m0001", Alias.CANDIDATE: "m0002"}
        assert store.alias_history(Alias.CHAMPION) == [(4, "m0001"), (3, None), (1, "m0002"), (0, "m0001")]
        store.set_alias(Alias.CHAMPION, None, Micros(10))
        assert dict(store.aliases()) == {Alias.CANDIDATE: "m0002"}

    def test_an_alias_points_at_a_model_that_is_there(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.set_alias(Alias.CHAMPION, "m0001", NOW)
        assert store.alias_history(Alias.CHAMPION) == []
