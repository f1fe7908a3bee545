"""Figures of a list's pairs, computed in one pass, are those of the features' own definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.test_rows import world_of
from tests.unit.features.world import FITS, LOGS, MOMENTS, NOW, PEOPLE, PROFILES, Step, followed, model_after
from twofold.domain.as_of import AsOf
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.features.kept import KeptSides
from twofold.features.layout import Layout
from twofold.features.service import FeatureService
from twofold.features.sheet import BACK, FORWARD
from twofold.features.spec import FEATURES, version_of
from twofold.population.profiles import Profiles
from twofold.population.replay import replay


@settings(max_examples=60)
@given(PROFILES, LOGS, FITS, st.one_of(MOMENTS, st.just(NOW)), st.booleans())
def test_each_figure_is_its_features(
    people: list[Person], steps: list[Step], fit: tuple[int, Micros, int], moment: Micros, live: bool
) -> None:
    store, model = world_of(people, steps), model_after(fit)
    service = model.service(followed(store) if live else replay(store))
    brought = {"content": np.arange(PEOPLE, dtype=np.float32)}
    for viewer in range(PEOPLE):
        one, others, as_of = np.array([viewer]), np.arange(PEOPLE), AsOf.at(moment)
        sheet = service.sheet(np.append(one, others), as_of, brought)
        if sheet is None:
            continue
        for names, pairs in (
            (FORWARD, service.pairs(one, others, as_of, brought)),
            (BACK, service.pairs(others, one, as_of)),
        ):
            for name, row in names.items():
                expected = np.broadcast_to(FEATURES[name](pairs), PEOPLE)
                np.testing.assert_allclose(sheet[row], expected, rtol=1e-6, atol=1e-6, err_msg=name)


def test_a_sheet_holds_whatever_the_versions_that_serve_ask_of_two() -> None:
    """Nothing of a list is left to the definitions, which look at one feature after the other."""
    service = model_after((0, NOW, 0)).service(replay(world_of([Person(id="?")] * PEOPLE, [])))
    keys = np.arange(PEOPLE)
    for version, turned in (("v2", False), ("v2", True), ("r1", False)):
        assert Layout(version_of(version), kept_of(service, version), BACK if turned else FORWARD, turned).defined == []
    assert service.read(0, keys, AsOf.at(NOW)).values("v2").shape == (PEOPLE, len(version_of("v2").names))


def test_a_profile_that_was_another_one_is_left_to_the_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    service = model_after((0, NOW, 0)).service(replay(world_of([Person(id="?")] * PEOPLE, [])))
    as_of, people = AsOf.at(NOW), np.arange(PEOPLE)
    expected = service.read(0, people[1:], as_of).values("v2")
    monkeypatch.setattr(Profiles, "present", lambda *_: False)
    assert service.sheet(people, as_of, None) is None
    np.testing.assert_allclose(service.read(0, people[1:], as_of).values("v2"), expected, rtol=1e-6, atol=1e-6)


def kept_of(service: FeatureService, version: str) -> dict[str, int]:
    return KeptSides(service._population, version_of(version), service.pairs).columns
