"""What every `PeopleStore` promises."""

from __future__ import annotations

from datetime import date

import pytest

from twofold.domain.errors import InvalidInput
from twofold.domain.person import Person
from twofold.domain.ports import Store
from twofold.domain.time import LATEST, Micros
from twofold.testing.contracts.acts import NOW

FULL = Person(
    id="Zoë 🦊 𝒵",
    birth_date=date(1990, 2, 28),
    gender="woman",
    seeking=("man", "nonbinary"),
    place="Łódź 🏙",
    lat=51.7592,
    lon=-0.1 + 0.2,
    interests=("čaj", "🎻", "chess"),
    bio='line one\nline "two" \\u0000 is not NUL; 文字 𝄞',
    min_age=18,
    max_age=120,
    max_distance_km=0.1,
    created_at=LATEST,
    last_active_at=Micros(-1),
    active=False,
)


class PeopleStoreContract:
    """Insert, update, look up; `store` is an empty, prepared store."""

    def test_a_person_comes_back_as_they_were_put(self, store: Store) -> None:
        [version] = store.put_people([(FULL, False)], NOW, Micros(5))
        assert version is not None
        assert (version.person, version.age_unknown, version.at, version.received_at) == (FULL, False, 5, NOW)
        assert store.get_person(FULL.id) == version
        assert list(store.people_versions()) == [version]
        assert store.count_people() == 1

    def test_own_time_defaults_to_the_server_time(self, store: Store) -> None:
        [version] = store.put_people([(FULL, False)], NOW)
        assert version is not None
        assert version.at == NOW

    def test_keys_are_dense_and_positions_follow_each_other(self, store: Store) -> None:
        first = store.put_people([(Person(id="a"), True), (Person(id="b"), True)], NOW)
        second = store.put_people([(Person(id="c"), True)], NOW)
        versions = [version for version in first + second if version is not None]
        assert [version.key for version in versions] == [0, 1, 2]
        assert [version.position for version in versions] == [1, 2, 3]
        assert store.head() == 3

    def test_nobody_is_an_empty_call(self, store: Store) -> None:
        assert store.put_people([], NOW) == []
        assert store.keys_of([]) == {}
        assert store.erased([]) == set()
        assert store.head() == 0

    def test_an_unchanged_person_makes_no_version(self, store: Store) -> None:
        store.put_people([(FULL, False)], NOW)
        assert store.put_people([(FULL, False)], Micros(NOW + 1)) == [None]
        assert store.head() == 1

    def test_a_change_keeps_the_key_and_the_older_version(self, store: Store) -> None:
        [first] = store.put_people([(Person(id="a"), True)], NOW)
        [second] = store.put_people([(Person(id="a", bio="new"), True)], Micros(NOW + 1))
        assert first is not None
        assert second is not None
        assert (second.key, second.position) == (first.key, first.position + 1)
        assert store.get_person("a") == second
        assert list(store.people_versions()) == [first, second]
        assert store.count_people() == 1

    def test_a_changed_admission_is_a_change(self, store: Store) -> None:
        store.put_people([(Person(id="a"), True)], NOW)
        [version] = store.put_people([(Person(id="a"), False)], NOW)
        assert version is not None
        assert not version.age_unknown

    def test_an_id_repeated_in_one_call_counts_last(self, store: Store) -> None:
        old, new = Person(id="a", bio="old"), Person(id="a", bio="new")
        first, other, last = store.put_people([(old, True), (Person(id="b"), True), (new, True)], NOW)
        assert first is None
        assert other is not None
        assert last is not None
        assert store.get_person("a") == last
        assert last.person == new
        assert (store.count_people(), store.head()) == (2, 2)

    def test_many_people_in_one_call(self, store: Store) -> None:
        crowd = [(Person(id=f"p{number}"), True) for number in range(1_203)]
        store.put_people(crowd, NOW)
        changed = [(Person(id=f"p{number}", bio="x" if number % 2 else None), True) for number in range(1_203)]
        results = store.put_people(changed, NOW)
        assert [result is not None for result in results] == [bool(number % 2) for number in range(1_203)]
        assert store.keys_of([person.id for person, _ in crowd]) == {f"p{number}": number for number in range(1_203)}
        assert len(list(store.people_versions())) == 1_203 + 601

    def test_look_ups_leave_out_who_is_not_there(self, store: Store) -> None:
        store.put_people([(Person(id="a"), True)], NOW)
        assert store.keys_of(["a", "nobody", "A"]) == {"a": 0}
        assert store.get_person("nobody") is None
        assert store.erased(["a", "nobody"]) == set()

    @pytest.mark.parametrize("bio", ["a\0b", "a\ud800b"], ids=["nul", "surrogate"])
    def test_text_that_one_database_refuses_all_refuse(self, store: Store, bio: str) -> None:
        with pytest.raises(InvalidInput):
            store.put_people([(Person(id="a"), True), (Person(id="b", bio=bio), True)], NOW)
        assert (store.count_people(), store.head()) == (0, 0)
