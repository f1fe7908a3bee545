"""The content source against the document's score in plain Python, its chance, its sample and its words."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from twofold.domain.candidate import Keys
from twofold.domain.changes import PersonVersion
from twofold.domain.person import Person
from twofold.domain.time import datetime_from_micros, years_between
from twofold.sources.content import ContentSource, best_by_chance
from twofold.testing.contracts.town import (
    NOW,
    PLACES,
    others,
    population_of,
    query_of,
    random_town,
    reason_of,
    version_of,
)

TODAY = datetime_from_micros(NOW).date()
# More than 64 labels, so that sets of interests span two words of bits.
LABELS = tuple(f"label {number}" for number in range(70))

VERSIONS: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "birth_date": st.none() | st.dates(date(1980, 1, 1), date(2000, 1, 1)),
        "place": st.none() | st.sampled_from(PLACES),
        "interests": st.lists(st.sampled_from(LABELS[:3] + LABELS[-3:]), unique=True, max_size=4).map(tuple),
    }
)


def score(viewer: Person, other: Person) -> float:
    """0.3 age + 0.3 place + 0.4 interests, as the founding document has it."""
    age = 0.0
    if viewer.birth_date is not None and other.birth_date is not None:
        gap = abs(years_between(viewer.birth_date, TODAY) - years_between(other.birth_date, TODAY))
        age = max(0.0, 1 - gap / 10)
    place = viewer.place is not None and viewer.place == other.place
    mine, theirs = set(viewer.interests), set(other.interests)
    union = len(mine | theirs)
    return 0.3 * age + 0.3 * place + 0.4 * (len(mine & theirs) / union if union else 0.0)


@settings(deadline=None, max_examples=200)
@given(fields=st.lists(VERSIONS, min_size=2, max_size=25), limit=st.integers(1, 30), seed=st.integers(0, 99))
def test_it_is_the_best_by_the_documents_score(fields: list[dict[str, object]], limit: int, seed: int) -> None:
    people = [version_of(0, interests=LABELS), *(version_of(key, **each) for key, each in enumerate(fields, start=1))]
    population = population_of(people)
    found = ContentSource(population).candidates(query_of(1, seed=seed), others(population, 1), limit)
    scores = {each.key: score(people[1].person, each.person) for each in people if each.key != 1}
    best = sorted((each for each in scores.values() if each > 0), reverse=True)[:limit]
    assert found.scores.tolist() == pytest.approx(best, abs=1e-6)
    assert [scores[key] for key in found.keys.tolist()] == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("limit", [3, 10, 50])
def test_equals_are_brought_by_chance(limit: int) -> None:
    people = [version_of(key, place="north") for key in range(11)]
    population = population_of(people)
    counts, firsts = np.zeros(11), np.zeros(11)
    source = ContentSource(population)
    for seed in range(1_000):
        keys = source.candidates(query_of(0, seed=seed), others(population, 0), limit).keys
        counts[keys] += 1
        firsts[keys[0]] += 1
    assert chisquare(counts[1:]).pvalue > 0.001
    assert chisquare(firsts[1:]).pvalue > 0.001


def test_of_more_than_it_may_score_it_scores_a_sample_and_says_so() -> None:
    population = random_town(people=300, events=0, seed=3)
    source = ContentSource(population, config=ContentSource.Config(most=100))
    eligible, query = others(population, 0), query_of(0)
    assert source.notes(query, eligible) == ("content: scored a sample of 100 of 299 eligible people",)
    assert source.notes(query, eligible[:100]) == ()
    seen: set[int] = set()
    for seed in range(40):
        found = source.candidates(query_of(0, seed=seed), eligible, 300).keys.tolist()
        assert len(found) <= 100
        seen.update(found)
    assert len(seen) > 150  # a sample by chance, not always the same hundred


def test_two_thousand_are_all_scored() -> None:
    assert ContentSource.Config().most == 2_000


def reason(*people: PersonVersion) -> str | None:
    return reason_of(ContentSource(population_of(people)), query_of(0), 1)


def test_shared_interests_are_told_rarest_first_and_three_at_most() -> None:
    me = version_of(0, interests=("tea", "chess", "jazz", "hiking"), place="north")
    you = version_of(1, interests=("hiking", "tea", "jazz", "chess"), place="north")
    crowd = [version_of(key, interests=("tea",)) for key in (2, 3)] + [version_of(4, interests=("chess",))]
    assert reason(me, you, *crowd) == "You both like hiking, jazz and chess"


def test_rarity_follows_what_people_change() -> None:
    me, you = version_of(0, interests=("tea", "chess")), version_of(1, interests=("tea", "chess"))
    population = population_of([me, you, version_of(2, interests=("chess",))])
    source = ContentSource(population)
    assert reason_of(source, query_of(0), 1) == "You both like tea and chess"
    population.columns.put(version_of(2, interests=("tea",)))
    assert reason_of(source, query_of(0), 1) == "You both like chess and tea"
    population.columns.remove(2)
    population.columns.put(version_of(3, interests=("chess",)))
    assert reason_of(source, query_of(0), 1) == "You both like tea and chess"


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        ({"interests": ("tea",)}, {"interests": ("tea",)}, "You both like tea"),
        (
            {"place": "north", "birth_date": date(1990, 1, 1)},
            {"place": "north", "birth_date": date(1995, 1, 1)},
            "You are in the same place and of similar age",
        ),
        ({"place": "north"}, {"place": "north"}, "You are in the same place"),
        ({"birth_date": date(1990, 1, 1)}, {"birth_date": date(1988, 1, 1)}, "You are of similar age"),
        ({"birth_date": date(1990, 1, 1)}, {"birth_date": date(1984, 1, 1)}, None),
        ({}, {}, None),
        ({"place": "north"}, {"place": "south"}, None),
    ],
)
def test_reasons(mine: dict[str, object], theirs: dict[str, object], said: str | None) -> None:
    assert reason(version_of(0, **mine), version_of(1, **theirs)) == said


def test_nothing_in_common_brings_nobody() -> None:
    population = population_of([version_of(0, place="north"), version_of(1, place="south")])
    eligible: Keys = np.array([1])
    assert len(ContentSource(population).candidates(query_of(0), eligible, 10)) == 0


@given(
    scores=st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]), max_size=30),
    limit=st.integers(1, 12),
    seed=st.integers(0, 9),
)
def test_chance_decides_among_equals_at_the_end_of_the_list_alone(scores: list[float], limit: int, seed: int) -> None:
    found = np.array(scores)
    rows = np.flatnonzero(found > 0)
    expected, rng = rows, np.random.default_rng(seed)
    if len(rows) > limit:
        least = np.sort(found[rows])[-limit]
        above, level = rows[found[rows] > least], rows[found[rows] == least]
        expected = np.concatenate([above, rng.choice(level, limit - len(above), replace=False)])
    expected = rng.permutation(expected)
    assert best_by_chance(found, limit, np.random.default_rng(seed)).tolist() == expected.tolist()
