"""What is kept of one person stands for as long as it would be computed the same, and is computed once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.features.world import (
    FITS,
    LOGS,
    NOW,
    ONE_MOMENT,
    PEOPLE,
    PROFILES,
    STEPS,
    Act,
    Step,
    append,
    fill,
    followed,
    model_after,
    write,
)
from twofold.domain.as_of import AsOf
from twofold.domain.event import EventKind
from twofold.domain.person import Person
from twofold.domain.time import MICROS_PER_DAY, Micros
from twofold.features.kept import KeptSides
from twofold.features.service import FeatureService
from twofold.features.spec import FEATURES, VERSIONS
from twofold.population.population import Population
from twofold.storage.memory import MemoryStore

HOUR = MICROS_PER_DAY // 24


def both_sides(service: FeatureService, moment: int) -> dict[tuple[str, int, bool], np.ndarray]:
    """Every version, for every viewer, from both sides."""
    keys, found = np.arange(PEOPLE), {}
    for viewer in range(PEOPLE):
        read = service.read(viewer, keys, AsOf.at(moment))
        for version in VERSIONS:
            found[version, viewer, False] = read.values(version)
            found[version, viewer, True] = read.turned(version)
    return found


@settings(max_examples=40)
@given(PROFILES, LOGS, FITS, st.lists(st.tuples(st.lists(STEPS, max_size=3), st.integers(0, 30 * HOUR)), max_size=6))
def test_rows_of_a_service_that_lives_on_are_those_of_a_new_one(
    people: list[Person], log: list[Step], fit: tuple[int, Micros, int], later: list[tuple[list[Step], int]]
) -> None:
    """Late, repeated and future events, changed profiles, day boundaries: between any two questions."""
    store, moment = MemoryStore(), int(NOW)
    fill(store, people)
    write(store, *log)
    population, model = followed(store), model_after(fit)
    lives_on = model.service(population)
    for steps, passed in [([], 0), *later]:
        write(store, *steps)
        population.apply(store.changes_after(population.position))
        moment += passed
        kept, new = both_sides(lives_on, moment), both_sides(model.service(followed(store)), moment)
        for place, expected in new.items():
            np.testing.assert_allclose(kept[place], expected, rtol=1e-6, atol=1e-6, err_msg=str(place))


class Noted:
    """Whose rows are computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys: list[int] = []
        inner = KeptSides._computed

        def computed(kept: KeptSides, keys: np.ndarray, as_of: AsOf, moment: int) -> np.ndarray:
            self.keys += keys.tolist()
            return inner(kept, keys, as_of, moment)

        monkeypatch.setattr(KeptSides, "_computed", computed)

    def since(self) -> list[int]:
        """Those of since the last call."""
        found, self.keys = sorted(set(self.keys)), []
        return found


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Noted:
    return Noted(monkeypatch)


def town() -> tuple[MemoryStore, Population]:
    store = MemoryStore()
    fill(store, [Person(id=f"p{key}") for key in range(PEOPLE)])
    return store, followed(store)


def ask(service: FeatureService, moment: int = NOW) -> None:
    service.read(0, np.arange(1, PEOPLE), AsOf.at(moment)).values("v2")


def test_a_row_is_computed_once_and_again_for_whom_something_changed(noted: Noted) -> None:
    store, population = town()
    service = FeatureService(population)
    ask(service)
    assert noted.since() == list(range(PEOPLE))
    ask(service, NOW + HOUR)
    assert noted.since() == []
    append(store, Act(2, 3, EventKind.LIKE, Micros(NOW + HOUR)))
    population.apply(store.changes_after(population.position))
    ask(service, NOW + 2 * HOUR)
    assert noted.since() == [2, 3], "of who decided and of whom it was decided about"


def test_what_a_rater_does_elsewhere_changes_those_whom_they_decided_about(noted: Noted) -> None:
    """How much their like is worth depends on how readily they like."""
    store, population = town()
    append(store, Act(1, 4, EventKind.LIKE, Micros(NOW - MICROS_PER_DAY)))
    population.apply(store.changes_after(population.position))
    service = FeatureService(population)
    ask(service)
    noted.since()
    append(store, Act(1, 3, EventKind.DISLIKE, Micros(NOW + HOUR)))
    population.apply(store.changes_after(population.position))
    ask(service, NOW + HOUR)
    assert noted.since() == [1, 3, 4], "while it is dated ahead nothing of them is kept"
    ask(service, NOW + 2 * HOUR)
    assert noted.since() == [1, 3, 4]
    ask(service, NOW + 3 * HOUR)
    assert noted.since() == []


def test_another_day_and_late_news_of_everybody_begin_anew(noted: Noted) -> None:
    store, population = town()
    service = FeatureService(population)
    ask(service)
    noted.since()
    ask(service, NOW + MICROS_PER_DAY)
    assert noted.since() == list(range(PEOPLE))
    append(store, Act(2, 3, EventKind.LIKE, Micros(NOW - MICROS_PER_DAY)))
    population.apply(store.changes_after(population.position))
    ask(service, NOW + MICROS_PER_DAY)
    assert noted.since() == list(range(PEOPLE)), "what all did before the day is compared with"


def test_what_is_dated_ahead_is_not_kept_and_a_moment_before_is_not_answered_from_it(noted: Noted) -> None:
    store, population = town()
    append(store, Act(2, 3, EventKind.LIKE, Micros(NOW + HOUR)))
    population.apply(store.changes_after(population.position))
    service = FeatureService(population)
    ask(service)
    noted.since()
    ask(service)
    assert noted.since() == [2, 3]
    ask(service, NOW - HOUR)
    assert noted.since() == []


def test_everybody_is_prepared_in_parts(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twofold.features.service.PART", 2)
    _, population = town()
    service, places = FeatureService(population), [0]
    while (place := service.prepare(["v2", "r1"], NOW, places[-1])) is not None:
        places.append(place)
    assert places == list(range(0, len(population.columns.present), 2))
    noted.since()
    read = service.read(0, np.arange(1, PEOPLE), AsOf.at(NOW))
    for version in ("v2", "r1"):
        read.values(version)
        read.turned(version)
    assert noted.since() == []


@settings(max_examples=25)
@given(PROFILES, LOGS, FITS)
def test_a_twin_says_the_same_of_the_other_side(
    people: list[Person], log: list[Step], fit: tuple[int, Micros, int]
) -> None:
    store, keys = MemoryStore(), np.arange(PEOPLE)
    fill(store, people)
    write(store, *log)
    pairs = model_after(fit).service(followed(store)).pairs(keys, keys, AsOf.at(NOW))
    twins = [each for each in FEATURES.values() if each.twin is not None]
    for each in twins:
        other = FEATURES[str(each.twin)]
        assert (each.of, other.of) == ("candidate", "viewer")
        np.testing.assert_array_equal(each(pairs), other(pairs), err_msg=each.name)
    assert len(twins) == 7


def test_a_turned_feature_names_one_that_is_there_and_names_it_back() -> None:
    for each in FEATURES.values():
        if each.turned is not None:
            assert FEATURES[each.turned].turned == each.name
            assert each.of is None
    assert {"r1"} == ONE_MOMENT
