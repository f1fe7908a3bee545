"""Figures of a list's pairs, computed in one pass, are those of the features' own definitions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.test_rows import world_of
from tests.unit.features.world import FITS, LOGS, MOMENTS, NOW, PEOPLE, PROFILES, Step, followed, model_after
from twofold.domain.as_of import AsOf
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.features.definition import FeatureInput
from twofold.features.sheet import FORWARD, TURNED, columns_of
from twofold.features.spec import FEATURES
from twofold.population.replay import replay


@settings(max_examples=60)
@given(PROFILES, LOGS, FITS, st.one_of(MOMENTS, st.just(NOW)), st.booleans())
def test_each_figure_is_its_features(
    people: list[Person], steps: list[Step], fit: tuple[int, Micros, int], moment: Micros, live: bool
) -> None:
    store, model = world_of(people, steps), model_after(fit)
    service = model.service(followed(store) if live else replay(store))
    for viewer in range(PEOPLE):
        one, others, as_of = np.array([viewer]), np.arange(PEOPLE), AsOf.at(moment)
        found = columns_of(service.pairs(one, others, as_of))
        if found is None:
            continue
        for names, columns, pairs in (
            (FORWARD, found[0], service.pairs(one, others, as_of)),
            (TURNED, found[1], service.pairs(others, one, as_of)),
        ):
            assert tuple(columns) == names
            for name in names:
                expected = np.broadcast_to(FEATURES[name](pairs), PEOPLE)
                np.testing.assert_allclose(columns[name], expected, rtol=1e-6, atol=1e-6, err_msg=name)


def test_a_profile_that_was_another_one_is_left_to_the_definitions() -> None:
    class Past:
        present = False

    rows = FeatureInput.__new__(FeatureInput)
    service = model_after((0, NOW, 0)).service(replay(world_of([Person(id="?")] * PEOPLE, [])))
    rows.__dict__.update(service.pairs(np.array([0]), np.array([1]), AsOf.at(NOW)).__dict__)
    rows.candidate.__dict__["profile"] = Past()
    assert columns_of(rows) is None
