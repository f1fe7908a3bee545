"""The rows the ranker learns from: each as the world was just before its own moment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twofold.domain.as_of import AsOf
from twofold.domain.changes import EventBatch
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.service import FeatureService
from twofold.features.spec import VERSIONS
from twofold.models.lore import Lore
from twofold.population.population import Population
from twofold.population.replay import read_log, replay
from twofold.storage.memory import MemoryStore
from twofold.training.course import Course
from twofold.training.decisions import EARLY_SHARE, Decisions
from twofold.training.early import Early, fit_early
from twofold.training.ranking import Reader
from twofold.training.rows import Shown, rows_of

PEOPLE = 5
START = 20_000 * MICROS_PER_DAY
ACTS = st.tuples(
    st.integers(0, PEOPLE - 1),
    st.integers(1, PEOPLE - 1),
    st.sampled_from([EventKind.LIKE, EventKind.DISLIKE, EventKind.VIEW]),
    st.sampled_from([0, 1, 2, MICROS_PER_DAY, 2 * MICROS_PER_DAY]),
)
LOGS = st.lists(ACTS, min_size=2, max_size=25)
Log = list[tuple[int, int, EventKind, int]]


def filled(log: Log) -> MemoryStore:
    store = MemoryStore()
    store.put_people([(Person(id=f"p{number}"), True) for number in range(PEOPLE)], Micros(START))
    actors = [actor for actor, *_ in log]
    targets = [(actor + other) % PEOPLE for actor, other, *_ in log]
    times = [START + at for *_, at in log]
    store.append_events(
        EventBatch(actors, targets, [int(kind) for *_, kind, _ in log], times, [None] * len(log)), Micros(START)
    )
    return store


def early_of(store: MemoryStore) -> tuple[Population, Decisions, Early]:
    versions, events, position = read_log(store)
    decisions = Decisions.of(events)
    run = Course(seed=0, threads=1, progress=lambda *_: None)
    return Population(versions, events, position), decisions, fit_early(run, decisions, PEOPLE)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("delay", [0, 1, MICROS_PER_DAY])
@settings(max_examples=25, deadline=None)
@given(log=LOGS)
def test_no_row_sees_itself_what_happens_with_it_or_what_comes_later(version: str, delay: int, log: Log) -> None:
    store = filled(log)
    population, decisions, early = early_of(store)
    reader = Reader(population, VERSIONS[version], early.vectors, Lore())
    examples = reader.examples(rows_of(decisions, Shown.none(), delay))
    assert examples.labels.tolist() == decisions.label.tolist()
    for row, (actor, target, at) in enumerate(
        zip(decisions.actor.tolist(), decisions.target.tolist(), decisions.at.tolist(), strict=True)
    ):
        moment = at - delay
        if early.cut is None or moment < early.cut:
            continue  # serving never looks from before the fit
        then = FeatureService(replay(store, Micros(moment)), early.vectors, lore=Lore())
        alone = then.values(np.array([actor]), np.array([target]), AsOf.at(moment), version)
        np.testing.assert_allclose(examples.features[row], alone[0], rtol=1e-6)


@given(LOGS, LOGS)
def test_the_early_vectors_do_not_depend_on_what_comes_after_the_cut(log: Log, other: Log) -> None:
    _, decisions, early = early_of(filled(log))
    cut = decisions.cut(EARLY_SHARE)
    assert early.cut == cut
    if cut is None or early.vectors is None:
        return
    first = [act for act in log if START + act[3] < cut]
    changed = first + [(actor, target, kind, cut - START + at) for actor, target, kind, at in other]
    _, rest, again = early_of(filled(changed))
    if rest.cut(EARLY_SHARE) == cut and again.vectors is not None:
        np.testing.assert_array_equal(early.vectors.candidates, again.vectors.candidates)
