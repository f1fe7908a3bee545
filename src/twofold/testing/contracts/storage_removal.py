"""What every `Store` promises of erasure."""

from __future__ import annotations

import numpy as np
import pytest

from twofold.domain.changes import Removal
from twofold.domain.errors import NotFound, Refused
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.testing.contracts.acts import NOW, Act, acts_in, all_events, batch_of, matches_in, with_people
from twofold.testing.contracts.storage_impressions import impression_of
from twofold.testing.contracts.storage_registry import feature_rows

VIEW = EventKind.VIEW


class RemovalContract:
    """Whoever is removed is gone everywhere and stays so; `store` is an empty, prepared store."""

    def test_everything_of_a_person_goes_and_of_nobody_else(self, store: Store) -> None:
        with_people(store, 4)
        store.put_people([(Person(id="p1", bio="second version"), True)], NOW)
        store.append_events(batch_of(Act(0, 1), Act(1, 0), Act(2, 1, VIEW), Act(0, 2, VIEW)), NOW)
        store.put_features("v1", feature_rows([0, 1, 2, 3]))
        store.put_features("v2", feature_rows([1]))
        store.add_impressions([impression_of(0, 1), impression_of(1, 2), impression_of(0, 2)])
        assert store.remove_person("p1", NOW)
        assert (store.get_person("p1"), store.keys_of(["p1"]), store.count_people()) == (None, {}, 3)
        assert [version.person.id for version in store.people_versions()] == ["p0", "p2", "p3"]
        assert acts_in(all_events(store)) == [(0, 2, "view", 1_000)]
        # What was computed for those who acted on them was computed from events that are gone.
        assert store.get_features("v1").keys.tolist() == [3]
        assert store.get_features("v2").keys.tolist() == []
        assert [(shown.viewer, shown.candidate) for shown in store.impressions()] == [(0, 2)]

    def test_the_removal_is_a_change(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(Act(0, 1, VIEW)), NOW)
        store.remove_person("p1", NOW)
        assert store.head() == 4
        changes = store.changes_after(2)
        assert changes.position == 4
        assert changes.removals == (Removal(4, 1),)
        assert len(changes.events) == 0
        assert store.changes_after(4).removals == ()

    def test_the_log_goes_on_and_keys_are_not_given_again(self, store: Store) -> None:
        with_people(store, 3)
        store.append_events(batch_of(Act(0, 2, VIEW, 1)), NOW)
        store.remove_person("p2", NOW)
        [version] = store.put_people([(Person(id="new"), True)], NOW)
        assert version is not None
        assert (version.key, version.position) == (3, 6)
        assert store.append_events(batch_of(Act(0, 3, VIEW, 1), Act(0, 3, VIEW, 2)), NOW).position == 8
        assert all_events(store).position.tolist() == [7, 8]

    def test_removing_nobody_changes_nothing(self, store: Store) -> None:
        with_people(store, 1)
        assert not store.remove_person("nobody", NOW)
        assert store.remove_person("p0", NOW)
        assert not store.remove_person("p0", NOW)
        assert (store.head(), store.erased(["p0", "nobody"])) == (2, {"p0"})

    def test_an_erased_id_is_refused_with_all_of_the_call(self, store: Store) -> None:
        with_people(store, 1)
        store.remove_person("p0", NOW)
        with pytest.raises(Refused) as refused:
            store.put_people([(Person(id="other"), True), (Person(id="p0"), True)], NOW)
        assert refused.value.code == "erased"
        assert "p0" not in str(refused.value)
        assert (store.count_people(), store.head()) == (0, 2)
        assert store.erased(["other", "p0"]) == {"p0"}

    def test_an_erased_key_takes_no_events(self, store: Store) -> None:
        with_people(store, 2)
        store.remove_person("p1", NOW)
        with pytest.raises(NotFound):
            store.append_events(batch_of(Act(0, 1)), NOW)
        assert store.count_events() == 0

    def test_an_erased_key_takes_no_features_and_no_impressions(self, store: Store) -> None:
        with_people(store, 3)
        store.remove_person("p1", NOW)
        store.put_features("v1", feature_rows([0, 1]))
        store.add_impressions([impression_of(0, 1), impression_of(1, 2), impression_of(2, 0)])
        found = store.get_features("v1")
        assert found.keys.tolist() == [0]
        assert np.array_equal(found.values, feature_rows([0]).values)
        assert [(shown.viewer, shown.candidate) for shown in store.impressions()] == [(2, 0)]

    def test_a_client_id_of_a_removed_event_may_come_again(self, store: Store) -> None:
        with_people(store, 3)
        store.append_events(batch_of(Act(0, 1, VIEW, 1, b"c" * 16)), NOW)
        store.remove_person("p1", NOW)
        assert store.append_events(batch_of(Act(0, 2, VIEW, 1, b"c" * 16)), NOW).accepted == 1

    def test_others_match_as_before(self, store: Store) -> None:
        with_people(store, 3)
        store.append_events(batch_of(Act(0, 1, at=1), Act(0, 2, at=1)), NOW)
        store.remove_person("p1", NOW)
        store.append_events(batch_of(Act(2, 0, at=2)), NOW)
        assert matches_in(store) == [(2, 0, 2)]

    def test_more_rows_than_fit_one_statement(self, store: Store) -> None:
        with_people(store, 2)
        store.append_events(batch_of(*[Act(0, 1, VIEW, moment) for moment in range(2_345)]), NOW)
        store.remove_person("p0", NOW)
        assert store.count_events() == 0
