"""What a viewer's list tells about who likes them: of its public fields nothing but the order, and with the setting
`discreet` not even that. A trained model of pairs; synthetic towns are compared that differ in single likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import product as pairs_of
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from twofold.bootstrap import Twofold, assemble
from twofold.domain.changes import EventBatch
from twofold.domain.event import EventKind
from twofold.domain.model import Alias, ModelRecord
from twofold.domain.time import Micros
from twofold.services.chance import daily_chance
from twofold.services.recommend import new_query
from twofold.settings import Settings
from twofold.simulation.town import Town, build_town
from twofold.storage.memory import MemoryStore
from twofold.training.recipe import Recipe
from twofold.training.run import train

NOW = Micros(1_780_000_000_000_000)
HOUR = 3_600_000_000
PEOPLE, EVENTS = 240, 8_000
QUARTETS = 8

Like = tuple[int, int]
Line = tuple[str, int, str]


@dataclass(frozen=True)
class Trained:
    """A town, and a model that has seen it."""

    town: Town
    folder: Path
    record: ModelRecord

    @contextmanager
    def product(self, *likes: Like, discreet: bool = False) -> Iterator[Twofold]:
        """The product on the town in which some likes happened since the training."""
        store = filled(self.town)
        store.add_model(self.record)
        store.set_alias(Alias.CHAMPION, self.record.version, NOW)
        if likes:
            actors, targets = (list(column) for column in zip(*likes, strict=True))
            kinds, times = [int(EventKind.LIKE)] * len(likes), [NOW + HOUR] * len(likes)
            store.append_events(EventBatch(actors, targets, kinds, times, [None] * len(likes)), Micros(NOW + HOUR))
        settings = Settings(data_dir=self.folder, discreet=discreet, auto_train=False, stage_budget_ms=60_000)
        chance = daily_chance(7)
        with closing(
            assemble(settings, store=store, record=False, clock=lambda: Micros(NOW + 2 * HOUR), chance=chance)
        ) as made:
            yield made


def filled(town: Town) -> MemoryStore:
    store = MemoryStore()
    store.put_people([(person, False) for person in town.people], NOW)
    columns = (town.actor.tolist(), town.target.tolist(), town.kind.tolist(), town.at.tolist())
    store.append_events(EventBatch(*columns, [None] * len(town)), NOW)
    return store


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder, town = tmp_path_factory.mktemp("town"), build_town(PEOPLE, EVENTS, seed=3, now=NOW)
    store = filled(town)
    models = Settings(data_dir=folder).models_dir
    report = train(store, models, as_of=NOW, clock=lambda: NOW, recipe=Recipe(), progress=lambda *_: None, threads=1)
    record = store.get_model(report.version or "")
    assert record is not None
    assert record.feature_version == "v2"
    return Trained(town, folder, record)


@pytest.fixture(scope="module")
def may(trained: Trained) -> NDArray[np.bool_]:
    """(people, people) whether the row's person may be shown the column's."""
    found = np.zeros((PEOPLE, PEOPLE), bool)
    with trained.product() as product:
        generation = product.live.current()
        columns = generation.population.columns
        for viewer, person in enumerate(trained.town.people):
            if not columns.active[viewer]:
                continue
            keys = generation.pipeline.everyone()
            query = new_query(generation.population, person.id, 20, (), Micros(NOW + 2 * HOUR), daily_chance(1))
            for each in generation.pipeline.filters:
                keys = keys[each.judge(query, keys) == 0]
            found[viewer, keys] = True
    return found


@pytest.fixture(scope="module")
def quartets(trained: Trained, may: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """A viewer, somebody whom the viewer can never meet, and two who may meet both and have decided on neither."""
    decided = np.zeros((PEOPLE, PEOPLE), bool)
    decided[trained.town.actor, trained.town.target] = True
    both = may & may.T & ~decided & ~decided.T
    found: list[tuple[int, int, int, int]] = []
    for viewer, third in pairs_of(range(PEOPLE), range(PEOPLE)):
        if viewer == third or may[viewer, third] or may[third, viewer] or decided[viewer, third]:
            continue
        givers = np.flatnonzero(both[viewer] & both[third])
        if len(givers) >= 2 and all(viewer != known for known, *_ in found):
            found.append((viewer, third, int(givers[0]), int(givers[-1])))
        if len(found) == QUARTETS:
            break
    assert len(found) == QUARTETS
    return found


def public(product: Twofold, town: Town, viewer: int) -> list[Line]:
    """What the viewer may see of a list of everybody it can hold."""
    answer = product.recommend.recommend(town.people[viewer].id, 100)
    assert not answer.degraded
    return [(item.person, item.position, item.reason) for item in answer.items]


def test_of_public_fields_nothing_but_the_order_depends_on_a_like(
    trained: Trained, quartets: list[tuple[int, int, int, int]]
) -> None:
    moved = 0
    for viewer, _, giver, _ in quartets:
        with trained.product() as without, trained.product((giver, viewer)) as liked:
            before, after = (public(each, trained.town, viewer) for each in (without, liked))
            tells = liked.recommend.recommend(trained.town.people[viewer].id, 100)
        reasons = {person: reason for person, _, reason in before}
        assert all(reasons.get(person, reason) == reason for person, _, reason in after)
        giver_id = trained.town.people[giver].id
        (mine,) = [item for item in tells.items if item.person == giver_id]
        assert mine.p_candidate_likes == 1, "an operator sees it"
        moved += [line[:2] for line in before] != [line[:2] for line in after]
    assert moved > QUARTETS / 2, "the order does depend on it, or this test tests nothing"


def test_a_discreet_list_is_the_same_whoever_likes_the_viewer(
    trained: Trained, quartets: list[tuple[int, int, int, int]]
) -> None:
    """Two likes exchanged, so that everybody has given and received as much as before."""
    for viewer, third, one, other in quartets:
        with (
            trained.product((one, viewer), (other, third), discreet=True) as first,
            trained.product((one, third), (other, viewer), discreet=True) as second,
        ):
            lists = [public(each, trained.town, viewer) for each in (first, second)]
        assert trained.town.people[one].id in {person for person, *_ in lists[0]}
        assert lists[0] == lists[1]


def test_by_default_the_same_exchange_is_seen_in_the_order(
    trained: Trained, quartets: list[tuple[int, int, int, int]]
) -> None:
    seen = 0
    for viewer, third, one, other in quartets:
        with (
            trained.product((one, viewer), (other, third)) as first,
            trained.product((one, third), (other, viewer)) as second,
        ):
            seen += public(first, trained.town, viewer) != public(second, trained.town, viewer)
    assert seen > QUARTETS / 2
