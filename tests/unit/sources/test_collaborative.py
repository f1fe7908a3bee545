"""The collaborative source: the document's matrix, fresh likes, and reasons that tell nobody's own act."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twofold.domain.as_of import AsOf
from twofold.domain.changes import Changes, Removal
from twofold.domain.event import EventKind
from twofold.models.loaded import LoadedModel
from twofold.population.population import Population
from twofold.sources.collaborative import CollaborativeSource, interleave
from twofold.sources.neighbours import support
from twofold.testing.contracts.town import NOW, log_of, model_of, open_town, others, query_of, reason_of

A, B, C = 0, 1, 2
PERSON1, PERSON2, PERSON3, PERSON4 = 3, 4, 5, 6
MATRIX = {A: [PERSON1, PERSON3], B: [PERSON1, PERSON3, PERSON4], C: [PERSON2]}
ENOUGH = "People with a taste like yours liked this person"
LIKE = "Similar to people you liked"


@pytest.fixture
def document() -> Population:
    return open_town(7, MATRIX)


def brought(source: CollaborativeSource, population: Population, viewer: int, limit: int = 100) -> list[int]:
    liked = set(population.likes_of(viewer, AsOf.at(NOW)).tolist())
    eligible = np.array([key for key in others(population, viewer) if key not in liked], np.int64)
    return [int(key) for key in source.candidates(query_of(viewer), eligible, limit).keys]


def test_the_documents_matrix_recommends_person4_to_a(document: Population) -> None:
    assert brought(CollaborativeSource(document, model_of(document, 2)), document, A)[0] == PERSON4


def test_each_way_alone_finds_person4(document: Population) -> None:
    model = model_of(document, 2)
    for alone in (replace(model, taste=None), replace(model, people=None)):
        assert brought(CollaborativeSource(document, alone), document, A)[0] == PERSON4


def test_without_a_model_it_brings_nobody(document: Population) -> None:
    source = CollaborativeSource(document, None)
    assert brought(source, document, A) == []
    assert brought(CollaborativeSource(document, replace(model_of(document), vectors=None)), document, A) == []


def test_a_viewer_without_vector_and_likes_gets_nobody_and_no_reason(document: Population) -> None:
    source = CollaborativeSource(document, model_of(document, 2))
    assert brought(source, document, PERSON2) == []
    assert reason_of(source, query_of(PERSON2), PERSON4) is None


def like(population: Population, actor: int, target: int) -> None:
    """A like that the population follows."""
    log = log_of([(actor, target, EventKind.LIKE, 5)])
    log.position[:] = population.position + 1
    population.apply(Changes(population.position + 1, (), log, ()))


def test_likes_that_came_after_the_model_count_at_once(document: Population) -> None:
    source = CollaborativeSource(document, model_of(document, 2))
    like(document, PERSON2, PERSON1)
    assert brought(source, document, PERSON2)[0] in (PERSON3, PERSON4)
    assert reason_of(source, query_of(PERSON2), PERSON3) is None, "half of all pairs fit each other as well"


def test_a_changed_taste_replaces_the_models_vector() -> None:
    town = open_town(8, {0: [5], 1: [5, 6], 2: [4, 7], 3: [4, 7]})
    source = CollaborativeSource(town, model_of(town, 2))
    assert brought(source, town, 0)[0] == 6
    for _ in range(30):
        like(town, 0, 4)
    assert brought(source, town, 0)[0] == 7


def test_what_happened_between_training_and_loading_counts_too() -> None:
    """The population was loaded after the viewer's last act, the model trained before it."""
    town = open_town(8, {0: [5], 1: [5, 6], 2: [4, 7], 3: [4, 7]})
    trained = model_of(town, 2)
    later = open_town(8, {1: [5, 6], 2: [4, 7], 3: [4, 7], 0: [5] + [4] * 30})
    assert brought(CollaborativeSource(later, trained), later, 0)[0] == 7


def tasteful(likers: int) -> tuple[CollaborativeSource, int]:
    """A viewer 0 whose likes so many others share, each of whom also likes one person; that person's key."""
    people, liked = 12, 11
    likes = {0: [9, 10]} | {key: [9, 10, liked] for key in range(1, likers + 1)}
    town = open_town(people, likes)
    return CollaborativeSource(town, model_of(town, 4)), liked


@pytest.mark.parametrize(("likers", "told"), [(0, False), (1, False), (2, False), (3, True), (6, True)])
def test_the_likes_of_others_are_told_only_when_three_share_them(likers: int, told: bool) -> None:
    source, liked = tasteful(likers)
    assert (reason_of(source, query_of(0), liked) == ENOUGH) is told


def test_likeness_is_told_of_the_best_fits_alone() -> None:
    """One of ten camps of people who like nobody but each other: a tenth of all pairs."""
    town = open_town(40, {key: [other for other in range(40) if other % 10 == key % 10 != other] for key in range(40)})
    model = model_of(town, 10)
    everywhere = CollaborativeSource(town, replace(model, people=None), CollaborativeSource.Config(told_from=99))
    assert [reason_of(everywhere, query_of(0), key) for key in (10, 20, 11, 25)] == [LIKE, LIKE, None, None]


def test_one_person_liking_thrice_is_still_one_person() -> None:
    town = open_town(8, {0: [5, 6], 1: [5, 6, 7, 7, 7]})
    assert reason_of(CollaborativeSource(town, model_of(town, 3)), query_of(0), 7) != ENOUGH


def test_the_viewer_is_no_neighbour_of_their_own() -> None:
    town = open_town(8, {0: [5, 6], 1: [5, 6, 7], 2: [5, 6, 7]})
    assert (
        reason_of(CollaborativeSource(town, model_of(town, 3)), query_of(0), 5) != ENOUGH
    )  # two others, and the viewer


def test_people_unlike_the_viewer_support_nobody() -> None:
    town = open_town(9, {0: [5], 1: [6, 7], 2: [6, 7], 3: [6, 7]})
    source = CollaborativeSource(town, model_of(town, 3))
    assert reason_of(source, query_of(0), 7) != ENOUGH


def test_an_erased_persons_likes_support_nobody() -> None:
    town = open_town(8, {0: [5, 6], 1: [5, 6, 7], 2: [5, 6, 7], 3: [5, 6, 7]})
    source = CollaborativeSource(town, model_of(town, 3))
    assert reason_of(source, query_of(0, seed=1), 7) == ENOUGH
    from_log = Changes(town.position + 1, (), log_of([]), (Removal(town.position + 1, 3),))
    town.apply(from_log)
    assert reason_of(source, query_of(0, seed=2), 7) != ENOUGH


def test_neighbours_likes_add_up_by_similarity() -> None:
    town = open_town(8, {1: [5, 6], 2: [6, 6], 3: [7]})
    found = support(town, np.array([1, 2, 3]), np.array([0.5, 0.25, 0.125], np.float32), 200, NOW)
    assert found.keys.tolist() == [5, 6, 7]
    assert found.weights.tolist() == [0.5, 0.75, 0.125]
    assert found.people.tolist() == [1, 2, 1]
    assert found.likers(np.array([0, 5, 6, 7])).tolist() == [0, 1, 2, 1]


def test_only_the_latest_likes_of_a_neighbour_count() -> None:
    town = open_town(8, {1: [5, 6, 7]})
    assert support(town, np.array([1]), np.ones(1, np.float32), 2, NOW).keys.tolist() == [6, 7]


def test_the_two_ways_take_turns_and_go_on_alone() -> None:
    one, other, none = np.array([1, 2, 3]), np.array([9, 2, 8, 7]), np.empty(0, np.int64)
    assert interleave(one, other, 9).tolist() == [1, 9, 2, 3, 8, 7]
    assert interleave(none, other, 9).tolist() == [9, 2, 8, 7]
    assert interleave(one, none, 9).tolist() == [1, 2, 3]
    assert interleave(one, other, 3).tolist() == [1, 9, 2]


def test_half_of_a_list_comes_from_each_way() -> None:
    town = open_town(60, {0: [50, 51], **{key: [50, 51, *range(key, key + 8)] for key in range(10, 30)}})
    model: LoadedModel = model_of(town, 6)
    own = set(brought(CollaborativeSource(town, replace(model, people=None)), town, 0, 10))
    liked = set(brought(CollaborativeSource(town, replace(model, taste=None)), town, 0, 10))
    both = brought(CollaborativeSource(town, model), town, 0, 10)
    assert len(both) == 10
    assert min(len(own & set(both)), len(liked & set(both))) >= 5
    assert set(both) <= own | liked
