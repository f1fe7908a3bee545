"""Ids and keys find each other, whoever came, went, was frozen in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from twofold.population.names import Names

PLAIN = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)
IDS = PLAIN | st.sampled_from(["ada", "bob", "🦊"])


class NamesAndADictionary(RuleBasedStateMachine):
    """Beside a plain dictionary; keys are never given again."""

    def __init__(self) -> None:
        super().__init__()
        self.names, self.known, self.next, self.gone = Names(), dict[str, int](), 0, list[tuple[str, int]]()

    @rule(person_id=IDS, skipped=st.integers(0, 2))
    def put(self, person_id: str, skipped: int) -> None:
        key = self.known.get(person_id)
        if key is None:
            key = self.next + skipped
            self.next = key + 1
        self.names.put(key, person_id)
        self.known[person_id] = key

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if self.known:
            person_id = data.draw(st.sampled_from(sorted(self.known)))
            key = self.known.pop(person_id)
            self.names.remove(key)
            self.gone.append((person_id, key))

    @rule()
    def freeze(self) -> None:
        self.names = Names(self.names.frozen())

    @invariant()
    def all_are_found_both_ways(self) -> None:
        assert len(self.names) == len(self.known)
        for person_id, key in self.known.items():
            assert (self.names.key_of(person_id), self.names.id_of(key)) == (key, person_id)
        for person_id, key in self.gone:
            assert self.names.key_of(person_id) == self.known.get(person_id)
            assert self.names.id_of(key) is None
        assert self.names.id_of(self.next) is None
        assert self.names.id_of(-1) is None
        keys = np.arange(self.next + 2)
        assert self.names.ids_of(keys) == [self.names.id_of(key) for key in keys.tolist()]


TestNames = NamesAndADictionary.TestCase
TestNames.settings = settings(max_examples=60, stateful_step_count=25)


def test_half_a_surrogate_pair_is_nobodys_id() -> None:
    names = Names()
    names.put(0, "ada")
    assert Names(names.frozen()).key_of("\ud800") is None


def test_ids_of_one_hash_are_told_apart() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twofold.population.names._hash", lambda text: 7)
        names = Names()
        for key, person_id in enumerate(["ada", "bob", "eve"]):
            names.put(key, person_id)
        frozen = Names(names.frozen())
        assert [frozen.key_of(each) for each in ("eve", "ada", "bob", "zoe")] == [2, 0, 1, None]
