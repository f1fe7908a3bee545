"""Laws of as-of: what serving gave is what a replay gives, and what came later changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.world import (
    ACTS,
    FITS,
    LOGS,
    MOMENTS,
    NOW,
    PEOPLE,
    PROFILES,
    STEPS,
    Act,
    Model,
    Step,
    ask,
    fill,
    followed,
    model_after,
    write,
)
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.changes import PersonVersion
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.spec import FEATURES, VERSIONS
from twofold.population.population import Population
from twofold.population.replay import read_log, replay
from twofold.storage.memory import MemoryStore

# Sums of fading likes and what is solved for may differ by rounding; everything else is compared to the last bit.
ROUNDED = {
    "viewer_popularity",
    "candidate_popularity",
    "candidate_surplus",
    *(name for name in FEATURES if name.startswith(("taste", "near_"))),
}
Asked = list[tuple[Step, Micros]]


def equal(found: Floats, expected: Floats, version: str) -> None:
    """Compare by column, so that a difference is told by the feature's name."""
    assert found.shape == expected.shape
    for place, name in enumerate(VERSIONS[version].names):
        one, other = found[:, place], expected[:, place]
        if name in ROUNDED:
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6, err_msg=name)
        else:
            np.testing.assert_array_equal(one, other, name)


def same(one: Population, other: Population, as_of: AsOf, model: Model) -> None:
    """Both give the same features."""
    for version in VERSIONS:
        equal(ask(model.service(one), as_of, version), ask(model.service(other), as_of, version), version)


def up_to(store: MemoryStore, position: int) -> Population:
    """Of the log up to a position alone."""
    versions, events, _ = read_log(store)
    some = [each for each in versions if each.position <= position]
    return Population(some, events.take(events.position <= position), position)


def before(store: MemoryStore, moment: int) -> Population:
    """Of a log that has nothing of the moment or later (but first profiles, which stand for the time before too)."""
    versions, events, position = read_log(store)
    first: dict[int, PersonVersion] = {}
    for version in versions:
        first.setdefault(version.key, version)
    kept = [each for each in versions if each.at < moment or each is first[each.key]]
    return Population(kept, events.take(events.at < moment), position)


@settings(max_examples=35)
@given(PROFILES, MOMENTS, st.lists(st.tuples(STEPS, MOMENTS), min_size=1, max_size=25), FITS, st.integers(1, 40))
def test_live_equals_replayed_as_of_then(
    people: list[Person], imported: Micros, asked: Asked, fit: tuple[int, Micros, int], far: int
) -> None:
    """After every change the live population is asked; later the whole log is, as of each moment and position then.

    With each service living on, so that what it keeps of people is there. A fit comes before what it serves.
    """
    store, model = MemoryStore(), model_after((fit[0], fit[1], fit[2] % 4))
    assert model.vectors is not None
    fill(store, people, imported)
    live = followed(store)
    service, versions = model.service(live), list(VERSIONS)
    told: dict[str, list[Floats]] = {version: [] for version in versions}
    moments: list[int] = []
    positions: list[int] = []
    for step, moment in asked:
        write(store, step)
        if len(moments) == far:
            store.put_people([(Person(id="new"), True)], NOW)
        live.apply(store.changes_after(live.position))
        if live.position < model.vectors.position:
            continue
        moments.append(moment)
        positions.append(live.position)
        for version in versions:
            told[version].append(ask(service, AsOf.at(moment), version))
    if not moments:
        return
    then, replayed = AsOf.at(moments, positions), model.service(replay(store))
    for version in versions:
        equal(np.concatenate(told[version]), ask(replayed, then, version), version)
        equal(np.concatenate(told[version]), ask(service, then, version), version)
    one = far % len(moments)
    same(up_to(store, positions[one]), live, then.take(slice(one, one + 1)), model)


@settings(max_examples=40)
@given(PROFILES, LOGS, LOGS, st.randoms(use_true_random=False), MOMENTS, FITS)
def test_what_is_dated_at_or_after_a_moment_changes_nothing(
    people: list[Person], steps: list[Step], more: list[Step], random: object, moment: Micros, fit: tuple[int, int, int]
) -> None:
    """In whatever order it comes, people who join later among it."""
    stores = [MemoryStore() for _ in range(3)]
    for store in stores:
        fill(store, people)
        write(store, *steps)
    model = model_after(fit, stores[0].head())
    later = [replace(step, at=Micros(max(step.at, moment))) for step in more]
    newcomer = Person(id="new", created_at=Micros(moment + MICROS_PER_DAY))
    write(stores[1], *later)
    stores[1].put_people([(newcomer, True)], NOW)
    random.shuffle(later)  # type: ignore[attr-defined]
    write(stores[2], *later)
    alone, populations = replay(stores[0]), [replay(stores[1]), replay(stores[2])]
    live = replay(stores[0])
    ask(model.service(live), AsOf.at(moment), "v2")
    live.apply(stores[1].changes_after(live.position))
    for population in (*populations, live):
        same(population, alone, AsOf.at(moment), model)


@settings(max_examples=40)
@given(
    PROFILES,
    LOGS,
    st.lists(MOMENTS, min_size=1, max_size=2),
    st.sampled_from([1, 3_600_000_000, MICROS_PER_DAY, MICROS_PER_DAY * 3 // 2]),
    FITS,
)
def test_a_delay_sees_nothing_that_is_younger(
    people: list[Person], steps: list[Step], moments: list[Micros], delay: int, fit: tuple[int, Micros, int]
) -> None:
    """Ties with the earlier moment are left out too. The vectors are older still."""
    store = MemoryStore()
    fill(store, people)
    write(store, *steps)
    everything = replay(store)
    for moment in moments:
        model = model_after((fit[0], Micros(min(fit[1], moment - delay)), fit[2]))
        then = AsOf.at(moment).earlier(delay)
        assert then.moments.tolist() == [moment - delay]
        same(everything, before(store, moment - delay), then, model)


@settings(max_examples=30)
@given(PROFILES, st.lists(ACTS, min_size=1, max_size=20), st.integers(0, 100), FITS)
def test_ties_are_excluded(people: list[Person], acts: list[Act], place: int, fit: tuple[int, Micros, int]) -> None:
    """At the very moment of an event, it and all that happened with it are not there yet; right after it they are."""
    store, moment = MemoryStore(), acts[place % len(acts)].at
    model = model_after((fit[0], Micros(min(fit[1], moment)), fit[2]))
    fill(store, people)
    write(store, *acts)
    population = replay(store)
    same(population, before(store, moment), AsOf.at(moment), model)
    after, total = ask(model.service(population), AsOf.at([moment, moment + 1]), "v1").reshape(2, -1, 9)[:, :, 3]
    ties = {act for act in acts if act.at == moment and act.kind.label in ("like", "super_like", "dislike", "pass")}
    assert (total - after).sum() == (PEOPLE - 1) * len(ties)


@settings(max_examples=25)
@given(PROFILES, LOGS, st.sampled_from(range(PEOPLE)), st.integers(0, 30), MOMENTS, FITS)
def test_an_erased_person_was_never_there(
    people: list[Person], steps: list[Step], gone: int, loaded: int, moment: Micros, fit: tuple[int, Micros, int]
) -> None:
    """For everybody else: a population that forgot somebody, and one of a log that never had them."""
    store, model = MemoryStore(), model_after(fit)
    fill(store, people)
    write(store, *steps[:loaded])
    live = replay(store)
    write(store, *steps[loaded:])
    live.apply(store.changes_after(live.position))
    service = model.service(live)
    ask(service, AsOf.at(moment), "v2")
    store.remove_person(f"p{gone}", NOW)
    live.apply(store.changes_after(live.position))
    never = replay(store)
    left = np.array([key for key in range(PEOPLE) if key != gone])
    viewers, candidates = np.repeat(left, len(left)), np.tile(left, len(left))
    for as_of in (AsOf.at(moment), AsOf.at(moment, PEOPLE + loaded)):
        for version in VERSIONS:
            found = service.values(viewers, candidates, as_of, version)
            equal(found, model.service(never).values(viewers, candidates, as_of, version), version)
    assert live.decisions == never.decisions
