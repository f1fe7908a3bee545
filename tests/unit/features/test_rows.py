"""How rows are asked for changes nothing: many or one, in parts, from either side, with turned vectors, discreetly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.world import (
    CANDIDATES,
    FITS,
    LOGS,
    MOMENTS,
    NOW,
    ONE_MOMENT,
    PEOPLE,
    PROFILES,
    VIEWERS,
    Act,
    Model,
    Step,
    ask,
    fill,
    model_after,
    write,
)
from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Floats
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.features import service as service_module
from twofold.features.service import FeatureService
from twofold.features.spec import FEATURES, VERSIONS
from twofold.models import vectors as vectors_module
from twofold.population import live_history
from twofold.population import standing as standing_module
from twofold.population.replay import replay
from twofold.storage.memory import MemoryStore


def close(found: Floats, expected: Floats, version: str, tolerance: float = 2e-6) -> None:
    """By column, so that a difference is told by the feature's name."""
    assert found.shape == expected.shape
    for place, name in enumerate(VERSIONS[version].names):
        np.testing.assert_allclose(found[:, place], expected[:, place], rtol=tolerance, atol=tolerance, err_msg=name)


def world_of(people: list[Person], steps: list[Step]) -> MemoryStore:
    store = MemoryStore()
    fill(store, people)
    write(store, *steps)
    return store


def service_of(people: list[Person], steps: list[Step], fit: tuple[int, Micros, int]) -> FeatureService:
    return model_after(fit).service(replay(world_of(people, steps)))


@contextmanager
def in_parts(rows: int) -> Iterator[None]:
    """Everything that works through its rows in parts takes small ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service_module, "CHUNK", rows)
        patch.setattr(standing_module, "CHUNK", rows)
        patch.setattr(vectors_module, "BATCH", rows)
        patch.setattr(live_history, "GATHER_AT", rows)
        yield


@settings(max_examples=20)
@given(PROFILES, LOGS, FITS, st.lists(st.tuples(MOMENTS, st.integers(0, 30)), min_size=2, max_size=3), st.booleans())
def test_many_rows_equal_one_after_the_other(
    people: list[Person],
    steps: list[Step],
    fit: tuple[int, Micros, int],
    asked: list[tuple[Micros, int]],
    written: bool,
) -> None:
    service = service_of(people, steps, fit)
    moments, changes = zip(*asked, strict=True)
    as_of = AsOf.at(moments, np.array(changes) + PEOPLE if written else None)
    for version in VERSIONS:
        alone = [
            service.values(VIEWERS[row : row + 1], CANDIDATES[row : row + 1], as_of.take(slice(at, at + 1)), version)
            for at in range(len(as_of))
            for row in range(0, len(VIEWERS), 4)
        ]
        many = ask(service, as_of, version).reshape(len(as_of), len(VIEWERS), -1)[:, ::4]
        close(many.reshape(len(alone), -1), np.concatenate(alone), version)


@settings(max_examples=25)
@given(PROFILES, LOGS, FITS, st.lists(MOMENTS, min_size=2, max_size=3), st.sampled_from([1, 3, 7]), st.booleans())
def test_rows_in_parts_equal_all_at_once(
    people: list[Person],
    steps: list[Step],
    fit: tuple[int, Micros, int],
    moments: list[Micros],
    size: int,
    written: bool,
) -> None:
    """Sources are cut into the same parts."""
    population, model = replay(world_of(people, steps)), model_after(fit)
    for version in VERSIONS:
        some = moments[:1] if version in ONE_MOMENT else moments
        as_of = AsOf.at(some, population.position if written else None)
        brought = {"content": np.arange(len(some) * len(VIEWERS), dtype=np.float32)}
        whole = ask(model.service(population), as_of, version, brought)
        with in_parts(size):
            close(ask(model.service(population), as_of, version, brought), whole, version)


@settings(max_examples=25)
@given(PROFILES, LOGS, FITS, st.sampled_from(range(PEOPLE)), st.lists(MOMENTS, min_size=1, max_size=4), st.booleans())
def test_one_row_stands_for_all(
    people: list[Person],
    steps: list[Step],
    fit: tuple[int, Micros, int],
    key: int,
    moments: list[Micros],
    shared: bool,
) -> None:
    """One viewer or candidate of everybody else, as of one moment or one for each row."""
    service = service_of(people, steps, fit)
    one, others = np.array([key]), np.array([other for other in range(PEOPLE) if other != key])
    every = AsOf.at(np.resize(np.array(moments, np.int64), len(others)))
    for version in VERSIONS:
        as_of = AsOf.at(moments[0]) if shared or version in ONE_MOMENT else every
        full, repeated = as_of.broadcast(len(others)), np.repeat(one, len(others))
        there, back = (
            service.values(repeated, others, full, version),
            service.values(others, repeated, full, version),
        )
        close(service.values(one, others, as_of, version), there, version)
        close(service.values(others, one, as_of, version), back, version)
        if len(as_of) == 1:
            pairs = service.read(key, others, as_of)
            close(pairs.values(version), there, version)
            close(pairs.turned(version), back, version)


@settings(max_examples=25)
@given(PROFILES, LOGS, FITS, MOMENTS, st.booleans())
def test_features_do_not_depend_on_the_rotation_of_a_fit(
    people: list[Person], steps: list[Step], fit: tuple[int, Micros, int], moment: Micros, mirrored: bool
) -> None:
    """Turning both matrices of vectors is the same fit; v1's share of small entries is the one that looks at axes."""
    population, model = replay(world_of(people, steps)), model_after(fit)
    vectors = model.vectors
    assert vectors is not None
    turn, _ = np.linalg.qr(np.random.default_rng(fit[0]).standard_normal((vectors.viewers.shape[1],) * 2))
    if mirrored:
        turn[:, 0] *= -1
    rows = [np.asarray(matrix @ turn, np.float32) for matrix in (vectors.viewers, vectors.candidates)]
    turned = Model(replace(vectors, viewers=rows[0], candidates=rows[1]), model.lore)
    for version in VERSIONS:
        found, expected = (ask(each.service(population), AsOf.at(moment), version) for each in (turned, model))
        stays = [name != "embedding_sparsity" for name in VERSIONS[version].names]
        np.testing.assert_allclose(found[:, stays], expected[:, stays], rtol=1e-5, atol=1e-5)


# A viewer can learn the candidate's like of them only from these (and from what is aggregated over many people: how
# often the viewer is liked, how active the candidate is, and what everybody does).
COUNTS = {
    *("viewer_liked_rate", "viewer_received", "viewer_popularity"),
    *("candidate_like_rate", "candidate_given", "candidate_recent_activity", "candidate_hours_since_active"),
    *("activity_streak_days", "recent_activity_30d", "total_interactions", "like_rate"),
    *("rank_last_active", "activity_apart"),
    # Counted over everybody: a like of a day before moves what is usual and where all stand.
    *("viewer_like_rate", "candidate_liked_rate", "candidate_surplus", "viewer_given", "candidate_received"),
    *("candidate_popularity", "rank_liked_7", "rank_liked_30", "rank_liked_180", "rank_last_liked"),
}


@settings(max_examples=30)
@given(PROFILES, LOGS, FITS, MOMENTS, st.integers(1, 3 * 86_400_000_000), st.sampled_from(range(len(VIEWERS))))
def test_a_discreet_service_tells_nothing_of_a_like_but_counts(
    people: list[Person], steps: list[Step], fit: tuple[int, Micros, int], moment: Micros, ago: int, pair: int
) -> None:
    """With and without the candidate's like of the viewer, the viewer's row is the same but for plain counts."""
    viewer, candidate = int(VIEWERS[pair]), int(CANDIDATES[pair])
    like = Act(candidate, viewer, EventKind.LIKE, Micros(moment - ago))
    model, as_of, one = model_after(fit), AsOf.at(moment), slice(pair, pair + 1)
    # A match would be an act of the viewer, who knows of it.
    free = [step for step in steps if not (isinstance(step, Act) and {step.actor, step.target} == {viewer, candidate})]
    services = [model.service(replay(world_of(people, some)), discreet=True) for some in (free, [*free, like])]
    for version, chosen in VERSIONS.items():
        without, with_ = (ask(service, as_of, version, pairs=one)[0] for service in services)
        for place, name in enumerate(chosen.names):
            if FEATURES[name].tells:
                assert np.isnan([without[place], with_[place]]).all(), name
            elif name not in COUNTS:
                np.testing.assert_array_equal(with_[place], without[place], f"{name} tells of a like; is it a count?")


def test_a_service_that_is_not_discreet_tells() -> None:
    store = world_of([Person(id="?")] * PEOPLE, [Act(1, 0, EventKind.SUPER_LIKE, Micros(NOW - 1))])
    for version in ("v2", "r1"):
        place = VERSIONS[version].names.index("liked_by_candidate")
        values = FeatureService(replay(store)).values(np.array([0]), np.array([1, 2]), AsOf.at(NOW), version)
        assert values[:, place].tolist() == [1, 0]


def test_rows_of_several_moments_cannot_be_compared_with_everybody() -> None:
    service = FeatureService(replay(world_of([Person(id="?")] * PEOPLE, [])))
    with pytest.raises(ValueError, match="one moment at a time"):
        service.values(np.array([0]), np.array([1, 2]), AsOf.at([NOW, NOW + 1]), "r1")
