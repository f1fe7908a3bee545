"""Counting what profiles say of likes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Doubles
from twofold.models.habits import NOBODY, Habits
from twofold.population.columns import UNKNOWN, PeopleColumns
from twofold.population.vocabulary import Vocabulary
from twofold.training.decisions import Decisions

# An interest that nearly all or nearly none have tells nothing; on speed dating of 10, 20 and 50 all gave the same.
FEWEST_PEOPLE = 20
# So many decisions of the usual kind stand behind each rate: 30 to 1,000 did equally well on speed dating.
PRIOR_DECISIONS = 300.0
CHUNK = 50_000


def count_habits(decisions: Decisions, columns: PeopleColumns) -> Habits:
    """Rates of likes by the actor's gender, and by one side's interests within it.

    Args:
        decisions: of both kinds; those of people who are gone count as of nobody known.
        columns: profiles as they stand.
    """
    if not len(decisions):
        return Habits()
    labels = _telling(columns)
    usual = float((decisions.label.sum() + 1) / (len(decisions) + 2))
    groups: dict[str, float] = {}
    likers: dict[str, dict[str, float]] = {}
    liked: dict[str, dict[str, float]] = {}
    gender = columns.gender[decisions.actor]
    for code in np.unique(gender).tolist():
        mine = decisions.take(gender == code)
        rate = _smoothed(mine.label.sum(), len(mine), usual)
        name = NOBODY if code == UNKNOWN else columns.genders.label(code)
        groups[name] = _difference(rate, usual)
        for table, keys in ((likers, mine.actor), (liked, mine.target)):
            likes, all_ = _by_interest(columns, keys, mine.label)
            table[name] = _offsets(columns.interest_labels, labels, likes, all_, rate)
    return Habits(groups, likers, liked)


def _telling(columns: PeopleColumns) -> list[int]:
    """Interests that enough people have, and enough have not."""
    people = len(columns)
    counts = columns.interest_people
    return [code for code, count in enumerate(counts) if FEWEST_PEOPLE <= count <= people - FEWEST_PEOPLE]


def _by_interest(columns: PeopleColumns, keys: NDArray[np.int64], labels: NDArray[np.int8]) -> tuple[Doubles, Doubles]:
    """Likes and all decisions, by interest of the people of ``keys``: counted by person, then by what they have."""
    width = columns.interests.words.shape[1] * 64
    likes, all_ = np.zeros(width), np.zeros(width)
    theirs, liked = np.bincount(keys), np.bincount(keys, labels)
    people = np.flatnonzero(theirs)
    for start in range(0, len(people), CHUNK):
        some = people[start : start + CHUNK]
        words = columns.interests.words[some]
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(np.float64)
        likes += liked[some] @ bits
        all_ += theirs[some] @ bits
    return likes, all_


def _offsets(names: Vocabulary, chosen: list[int], likes: Doubles, all_: Doubles, rate: float) -> dict[str, float]:
    return {names.label(code): _difference(_smoothed(likes[code], all_[code], rate), rate) for code in chosen}


def _smoothed(likes: float, all_: float, usual: float) -> float:
    return float((likes + PRIOR_DECISIONS * usual) / (all_ + PRIOR_DECISIONS))


def _difference(rate: float, usual: float) -> float:
    """In log-odds; what is rounding alone is nothing."""
    return round(float(np.log(rate / (1 - rate)) - np.log(usual / (1 - usual))), 9)
