"""Common neighbours of a list, found by marks, are those found by searching."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.test_rows import close, world_of
from tests.unit.features.world import (
    LOGS,
    MOMENTS,
    NO_MODEL,
    NOW,
    PEOPLE,
    Act,
    Step,
    followed,
)
from twofold.domain.as_of import AsOf
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.features import meeting as meeting_module
from twofold.features import side as side_module
from twofold.features.meeting import Marks
from twofold.population.population import Population
from twofold.population.replay import replay

NAMES = ("v2", "r1")


@settings(max_examples=40)
@given(LOGS, st.lists(MOMENTS, min_size=1, max_size=3), st.sampled_from([1, 2, 200]), st.booleans())
def test_a_list_meets_whom_its_pairs_meet(steps: list[Step], moments: list[Micros], latest: int, live: bool) -> None:
    """However few of the latest decisions are looked at; one service answers for all viewers and moments in turn."""
    store = world_of([Person(id="?")] * PEOPLE, steps)
    with pytest.MonkeyPatch.context() as patch:
        for module in (side_module, meeting_module):
            patch.setattr(module, "LATEST_DECISIONS", latest)
        service = NO_MODEL.service(followed(store) if live else replay(store))
        for moment in moments:
            for viewer in range(PEOPLE):
                others = np.array([key for key in range(PEOPLE) if key != viewer])
                as_of, viewers = AsOf.at(moment), np.full(len(others), viewer)
                pairs = service.read(viewer, others, as_of)
                for version in NAMES:
                    searched = service.values(viewers, others, as_of.broadcast(len(others)), version)
                    close(pairs.values(version), searched, version, 1e-6)


def meet(population: Population, viewer: int, candidates: list[int], marks: Marks) -> dict[int, int]:
    as_of, others = AsOf.at(NOW), np.array(candidates)
    given_, received = (history.acts_of(viewer, NOW) for history in (population.given, population.received))
    degrees = population.crowd(as_of).degrees
    (counts, _), _ = marks.meet(given_, received, others, as_of, degrees)
    return dict(zip(candidates, counts[0].sum(axis=(0, 1)).astype(int).tolist(), strict=True))


def test_no_mark_stays_behind() -> None:
    likes = [Act(0, 2, EventKind.LIKE, Micros(5)), Act(1, 2, EventKind.PASS, Micros(6))]
    population = replay(world_of([Person(id="?")] * PEOPLE, list(likes)))
    marks = Marks(population)
    assert meet(population, 0, [1], marks) == {1: 1}
    assert meet(population, 3, [0, 1], marks) == {0: 0, 1: 0}
    assert meet(population, 1, [0], marks) == {0: 1}
