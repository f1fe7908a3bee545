"""The checkpoint: what it serves equals what would be computed, and what somebody did counts at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.world import NOW, PEOPLE, PROFILES, STEPS, Act, Change, Step, append, fill, write
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.errors import NotFound
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, MICROS_PER_SECOND, Micros
from twofold.features.checkpoint import TTL, Checkpoint
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS, FeatureInput, FeatureVersion
from twofold.models.vectors import Vectors
from twofold.population.replay import replay
from twofold.storage.memory import MemoryStore

EVERYONE = np.arange(PEOPLE)
UNKNOWN = Person(id="?")
SECOND = MICROS_PER_SECOND


def kept_in(store: MemoryStore | None, version: str = "v1@m0001", feature_hash: str = "abcdef") -> Checkpoint:
    width = len(VERSIONS[version.partition("@")[0]].names)
    return Checkpoint(store, version, width, feature_hash=feature_hash)


def ask(service: FeatureService, at: int, version: str = "v1") -> Floats:
    return service.values(np.array([0]), EVERYONE, AsOf.at(at), version)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    fill(store, [UNKNOWN] * PEOPLE)
    append(store, Act(0, 1, EventKind.LIKE, Micros(NOW - 5 * SECOND)), Act(1, 2, EventKind.PASS, Micros(NOW - SECOND)))
    return store


class Computed:
    """Counts how many rows were computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        inner = FeatureService.compute

        def compute(service: FeatureService, rows: FeatureInput, version: FeatureVersion) -> Floats:
            self.rows += len(rows)
            return inner(service, rows, version)

        monkeypatch.setattr(FeatureService, "compute", compute)

    def since(self) -> int:
        rows, self.rows = self.rows, 0
        return rows


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Computed:
    return Computed(monkeypatch)


TIMES = st.lists(
    st.one_of(
        STEPS,
        st.sampled_from([0, 1, SECOND, TTL - 1, TTL, TTL + 1, MICROS_PER_DAY]),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(PROFILES, TIMES)
def test_served_equals_computed(vectors: Vectors, profiles: list[Person], steps: list[Step | int]) -> None:
    """People act and change (also at times to come) and time goes by; after every step both ways of asking agree."""
    store = MemoryStore()
    now = Micros(NOW - 30 * MICROS_PER_DAY)
    fill(store, profiles, now)
    live = replay(store)
    checkpoint = kept_in(store)
    for step in steps:
        if isinstance(step, Act | Change):
            write(store, step)
            live.apply(store.changes_after(live.position))
        else:
            now = Micros(now + step)
        served = ask(FeatureService(live, vectors, checkpoint), now)
        np.testing.assert_array_equal(served, ask(FeatureService(live, vectors), now))
        if step == SECOND:  # the process starts anew
            checkpoint.flush()
            live, checkpoint = replay(store), kept_in(store)
            checkpoint.load()


def test_rows_are_used_for_five_minutes_of_one_day(store: MemoryStore, computed: Computed) -> None:
    noon = int(NOW) + MICROS_PER_DAY // 2
    service = FeatureService(replay(store), None, kept_in(None))
    ask(service, noon)
    assert computed.since() == PEOPLE
    ask(service, noon + TTL - 1)
    assert computed.since() == 0
    ask(service, noon - 1)
    assert computed.since() == PEOPLE
    ask(service, noon + TTL)
    assert computed.since() == PEOPLE
    midnight = int(NOW) + MICROS_PER_DAY
    ask(service, midnight - 1)
    computed.since()
    ask(service, midnight)
    assert computed.since() == PEOPLE


def test_a_like_changes_its_actors_row_at_once_and_no_other(store: MemoryStore, computed: Computed) -> None:
    live = replay(store)
    service = FeatureService(live, None, kept_in(None))
    before = ask(service, NOW)
    append(store, Act(2, 3, EventKind.LIKE, Micros(NOW - 1)))
    live.apply(store.changes_after(live.position))
    computed.since()
    after = ask(service, NOW)
    assert computed.since() == 1
    interactions = VERSIONS["v1"].names.index("total_interactions")
    assert (after - before)[:, interactions].tolist() == [0, 0, 1, 0, 0]


def test_an_event_dated_ahead_counts_when_its_time_has_come(store: MemoryStore) -> None:
    append(store, Act(0, 2, EventKind.LIKE, Micros(NOW + SECOND)))
    service = FeatureService(replay(store), None, kept_in(None))
    before, after = ask(service, NOW), ask(service, NOW + SECOND + 1)
    interactions = VERSIONS["v1"].names.index("total_interactions")
    assert (after - before)[0, interactions] == 1


def test_a_profile_dated_ahead_counts_when_its_time_has_come(store: MemoryStore) -> None:
    write(store, Change(0, Person(id="?", interests=("tea",)), Micros(NOW + SECOND)))
    service = FeatureService(replay(store), None, kept_in(None))
    interests = VERSIONS["v1"].names.index("interests_count")
    assert [ask(service, NOW + after)[0, interests] for after in (0, SECOND, SECOND + 1)] == [0, 0, 1]


def test_rows_outlive_the_process(store: MemoryStore, computed: Computed) -> None:
    first = kept_in(store)
    before = ask(FeatureService(replay(store), None, first), NOW)
    assert first.flush() == PEOPLE
    assert first.flush() == 0
    computed.since()
    second = kept_in(store)
    assert second.load() == PEOPLE
    np.testing.assert_array_equal(ask(FeatureService(replay(store), None, second), NOW + SECOND), before)
    assert computed.since() == 0
    assert second.flush() == 0


def test_what_happened_while_the_process_was_down_counts(store: MemoryStore) -> None:
    first = kept_in(store)
    ask(FeatureService(replay(store), None, first), NOW)
    first.flush()
    append(store, Act(3, 0, EventKind.DISLIKE, Micros(NOW - 2 * MICROS_PER_DAY)))
    second = kept_in(store)
    second.load()
    fresh = replay(store)
    np.testing.assert_array_equal(
        ask(FeatureService(fresh, None, second), NOW + SECOND), ask(FeatureService(fresh), NOW + SECOND)
    )


@pytest.mark.parametrize(
    "other",
    [("v1@m0002", "abcdef"), ("v1@m0001", "fedcba"), ("h1@m0001", "abcdef")],
    ids=["model", "hash", "version"],
)
def test_rows_of_other_models_and_features_are_not_read(store: MemoryStore, other: tuple[str, str]) -> None:
    first = kept_in(store)
    ask(FeatureService(replay(store), None, first), NOW)
    first.flush()
    assert kept_in(store, *other).load() == 0


def test_a_row_that_has_seen_more_of_the_log_is_not_used(store: MemoryStore, computed: Computed) -> None:
    behind = replay(store)
    append(store, Act(0, 2, EventKind.LIKE, Micros(NOW - 2)))
    checkpoint = kept_in(None)
    ask(FeatureService(replay(store), None, checkpoint), NOW)
    computed.since()
    ask(FeatureService(behind, None, checkpoint), NOW)
    assert computed.since() == PEOPLE


def test_positions_are_kept_to_the_last_digit(store: MemoryStore) -> None:
    position = 3 * 2**40 + 12_345_677
    first = kept_in(store)
    first.put(np.array([1]), np.ones((1, 9), np.float32), NOW, position)
    first.flush()
    second = kept_in(store)
    second.load()
    one = np.array([1])
    assert second.fresh(one, NOW, np.array([position]), position).all()
    assert not second.fresh(one, NOW, np.array([position + 1]), position + 1).any()


def test_who_is_gone_leaves_nothing_in_memory_or_store(store: MemoryStore) -> None:
    live, checkpoint = replay(store), kept_in(store)
    service = FeatureService(live, None, checkpoint)
    ask(service, NOW)
    store.remove_person("p1", NOW)
    live.apply(store.changes_after(live.position))
    checkpoint.forget(1)
    checkpoint.forget(10_000)
    assert not checkpoint.get(np.array([1])).any()
    ask(service, NOW)
    checkpoint.flush()
    assert store.get_features("v1@m0001#abcdef").keys.tolist() == [0, 2, 3, 4]


def test_rows_of_several_moments_and_other_versions_pass_by(store: MemoryStore) -> None:
    checkpoint = kept_in(store)
    service = FeatureService(replay(store), None, checkpoint)
    ask(service, NOW, "h1")
    service.values(np.array([0]), EVERYONE, AsOf.at([NOW, NOW, NOW, NOW, NOW - 1]), "v1")
    service.values(np.array([0]), EVERYONE, AsOf.at(NOW, 3), "v1")
    assert checkpoint.flush() == 0


def test_edges(store: MemoryStore) -> None:
    service = FeatureService(replay(store), None, kept_in(store))
    none = np.empty(0, np.int64)
    assert service.values(np.array([0]), none, AsOf.at(NOW), "v1").shape == (0, 9)
    assert service.values(np.array([0]), EVERYONE, AsOf.at(NOW), "h1").shape == (PEOPLE, 4)
    with pytest.raises(NotFound, match="no such feature version"):
        ask(service, NOW, "v9")
    with pytest.raises(NotFound, match="belongs to nobody"):
        service.values(np.array([0]), np.array([10**6]), AsOf.at(NOW), "v1")
    assert service.flush() == 0
