"""Laws: live equals replayed, the future changes nothing, and the columns equal plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.features.world import ACTS, MOMENTS, NOW, PEOPLE, PERSONS, Act, Profile, acts_in, append, by_hand, fill
from twofold.domain.candidate import Floats
from twofold.domain.changes import EventColumns
from twofold.domain.time import Micros
from twofold.features.service import FeatureService
from twofold.models.vectors import Vectors
from twofold.population.population import Population
from twofold.population.replay import replay
from twofold.storage.memory import MemoryStore

PROFILES = st.lists(PERSONS, min_size=PEOPLE, max_size=PEOPLE)
LOGS = st.lists(ACTS, max_size=40)


def values(
    population: Population, moments: list[Micros], vectors: Vectors | None = None, version: str = "v1"
) -> Floats:
    """Everyone at every moment, in one call."""
    keys = np.tile(np.arange(PEOPLE), len(moments))
    as_of = np.repeat(np.array(moments, np.int64), PEOPLE)
    return FeatureService(population, vectors).values(np.array([0]), keys, as_of, version)


@given(PROFILES, LOGS, st.lists(MOMENTS, min_size=1, max_size=4))
def test_columns_equal_plain_python(
    vectors: Vectors, profiles: list[Profile], acts: list[Act], moments: list[Micros]
) -> None:
    store = MemoryStore()
    fill(store, profiles)
    append(store, *acts)
    logged = acts_in(store)
    expected = [
        by_hand(key, moment, profiles[key], logged, vectors, NOW) for moment in moments for key in range(PEOPLE)
    ]
    np.testing.assert_allclose(values(replay(store), moments, vectors), expected, rtol=1e-6)


@given(PROFILES, LOGS, st.lists(MOMENTS, min_size=1, max_size=3), st.integers(0, 40))
def test_following_the_log_event_by_event_equals_replaying_it(
    profiles: list[Profile], acts: list[Act], moments: list[Micros], loaded: int
) -> None:
    store = MemoryStore()
    live = Population([], EventColumns.empty(), 0)
    fill(store, profiles)
    live.apply(store.changes_after(live.position))
    for act in acts[:loaded]:
        append(store, act)
        live.apply(store.changes_after(live.position))
    half_loaded = replay(store)
    for act in acts[loaded:]:
        append(store, act, act)
        live.apply(store.changes_after(live.position))
    half_loaded.apply(store.changes_after(half_loaded.position))
    expected = values(replay(store), moments)
    np.testing.assert_array_equal(values(live, moments), expected)
    np.testing.assert_array_equal(values(half_loaded, moments), expected)


@given(PROFILES, LOGS, LOGS, MOMENTS)
def test_what_happens_at_or_after_a_moment_changes_nothing_at_it(
    profiles: list[Profile], acts: list[Act], more: list[Act], moment: Micros
) -> None:
    store = MemoryStore()
    fill(store, profiles)
    append(store, *acts)
    live = replay(store)
    before = values(live, [moment])
    append(store, *(act for act in more if act.at >= moment))
    live.apply(store.changes_after(live.position))
    populations = [live, replay(store)]
    if all(created is None or created < moment for _, created, _ in profiles):  # else there are fewer people then
        populations.append(replay(store, moment))
    for population in populations:
        np.testing.assert_array_equal(values(population, [moment]), before)


@given(PROFILES, LOGS, st.lists(MOMENTS, min_size=2, max_size=4))
def test_many_moments_at_once_equal_one_after_the_other(
    vectors: Vectors, profiles: list[Profile], acts: list[Act], moments: list[Micros]
) -> None:
    store = MemoryStore()
    fill(store, profiles)
    append(store, *acts)
    population = replay(store)
    for version in ("v1", "h1"):
        apart = [values(population, [moment], vectors, version) for moment in moments]
        np.testing.assert_array_equal(values(population, moments, vectors, version), np.concatenate(apart))
