"""The content source: people whose profile is like the viewer's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twofold.compiled import Column, Table, Written, compiled
from twofold.domain.candidate import Candidates, Doubles, Keys
from twofold.domain.time import day_of
from twofold.models.loaded import LoadedModel
from twofold.pipeline.query import Query
from twofold.population.columns import UNKNOWN, PeopleColumns
from twofold.population.population import Population
from twofold.population.vocabulary import WORD

# The founding document's weights, and the years over which the age part falls to 0.
AGE, PLACE, INTERESTS = 0.3, 0.3, 0.4
AGE_YEARS = 10
# Within which two ages are called similar: the document's own range.
SIMILAR_YEARS = 5
TOLD_INTERESTS = 3


class ContentSource:
    """Scores eligible people by age, place and interests, and brings the best; equal scores in an order by chance.

    Works without anybody's acts, so it serves newcomers, and every reason it gives is a fact of both profiles.

    Args:
        model: not needed here; all sources are built alike.

    >>> from twofold.domain.changes import EventColumns
    >>> ContentSource(Population([], EventColumns.empty(), 0)).name
    'content'
    """

    @dataclass(frozen=True, slots=True)
    class Config:
        """``most`` people are scored; of more, a sample of so many: about the same time
        whatever the town's size."""

        most: int = 2_000

    name = "content"

    def __init__(self, population: Population, model: LoadedModel | None = None, config: Config | None = None) -> None:
        self._population, self._config = population, config or self.Config()

    def candidates(self, query: Query, eligible: Keys, limit: int) -> Candidates:
        """The best by score among those with anything in common."""
        reach = eligible
        if len(eligible) > self._config.most:
            reach = query.rng.choice(eligible, self._config.most, replace=False, shuffle=False)
        scores = content_scores(self._population.columns, query, reach)
        best = best_by_chance(scores, limit, query.rng)
        return Candidates.ranked(reach[best], scores[best])

    def notes(self, query: Query, eligible: Keys) -> Sequence[str]:
        """Says when not everyone was scored."""
        if len(eligible) <= self._config.most:
            return ()
        return (f"content: scored a sample of {self._config.most:,} of {len(eligible):,} eligible people",)

    def reasons(self, query: Query, keys: Keys) -> Sequence[str | None]:
        """Shared interests, the rarest first; else the place and age they share."""
        columns, viewer, day = self._population.columns, query.viewer, day_of(query.as_of)
        # What fewest people have is told first, then by name.
        people, label = columns.interest_people, columns.interest_labels.label
        mine = sorted([(people[code], label(code), code) for code in columns.interests.codes(viewer)])
        codes = np.array([code for *_, code in mine], np.int64)
        who = columns.birth_year, columns.birth_month_day, columns.place, columns.interests.words
        common = in_common(keys, viewer, columns.age(viewer, day), *columns.calendar(day), *who, codes)
        rows = list(map(tuple, common.tolist()))
        words = {row: _said([mine[each][1] for each in row[2:] if each >= 0], *row[:2]) for row in set(rows)}
        return [words[row] for row in rows]


def _said(shared: Sequence[str], near: int, near_age: int) -> str | None:
    if shared:
        return f"You both like {_in_words(shared)}"
    alike = ["in the same place"] if near else []
    alike += ["of similar age"] if near_age else []
    return f"You are {_in_words(alike)}" if alike else None


def content_scores(columns: PeopleColumns, query: Query, keys: Keys) -> Doubles:
    """(m,) 0.3 age + 0.3 place + 0.4 interests, each part from 0 to 1.

    Age falls linearly to 0 over 10 years, place is the same label, interests are the Jaccard index of both sets. What
    is unknown on either side gives nothing.
    """
    day = day_of(query.as_of)
    age = columns.age(query.viewer, day)
    who = columns.birth_year, columns.birth_month_day, columns.place, columns.interests.words
    return alike(keys, query.viewer, age, *columns.calendar(day), *who)


@compiled
def alike(
    keys: Column[np.int64],
    viewer: int,
    age: int,
    year: int,
    month_day: int,
    birth_year: Column[np.int16],
    birth_month_day: Column[np.int16],
    place: Column[np.int32],
    interests: Table[np.uint64],
) -> Doubles:
    """`content_scores`, of the viewer's age (-1: unknown) on a day, and columns of everyone (`PeopleColumns`)."""
    scores = np.zeros(len(keys))
    for row in range(len(keys)):
        key, score = keys[row], 0.0
        if age != UNKNOWN and birth_year[key] != 0:
            years = year - birth_year[key] - (month_day < birth_month_day[key])
            score = AGE * (1.0 - min(abs(years - age), AGE_YEARS) / AGE_YEARS)
        if place[key] == place[viewer] and place[viewer] != UNKNOWN:
            score += PLACE
        both = either = 0
        for word in range(interests.shape[1]):
            both += bits_of(interests[viewer, word] & interests[key, word])
            either += bits_of(interests[viewer, word] | interests[key, word])
        scores[row] = score + INTERESTS * (both / max(either, 1))
    return scores


def best_by_chance(scores: Doubles, limit: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows of the ``limit`` largest scores above 0, in no order that tells equal scores apart but the generator's."""
    above, level = np.empty(len(scores), np.int64), np.empty(len(scores), np.int64)
    clear, equal = leading(scores, limit, above, level)
    rows = above[:clear]
    if equal:
        rows = np.concatenate([rows, rng.choice(level[:equal], limit - clear, replace=False)])
    rng.shuffle(rows)
    return rows


@compiled
def leading(
    scores: Column[np.float64], limit: int, above: Written[np.int64], level: Written[np.int64]
) -> tuple[int, int]:
    """How many rows are certainly among the ``limit`` largest scores above 0, and how many share the last places: those
    that equal the least of these scores. No more than fit are all certain.

    Args:
        scores, above, level: (m,); both kinds of rows are written, rising.
    """
    # A heap whose first is the least of the best so far; 0 stands for nobody.
    best, positive = np.zeros(max(limit, 1)), 0
    for score in scores:
        positive += score > 0
        if score <= best[0]:
            continue
        place = 0
        while True:
            child = 2 * place + 1
            if child + 1 < len(best) and best[child + 1] < best[child]:
                child += 1
            if child >= len(best) or best[child] >= score:
                break
            best[place], place = best[child], child
        best[place] = score
    least = best[0] if positive > limit else 0.0
    clear = equal = 0
    for row in range(len(scores)):
        if scores[row] > least:
            above[clear] = row
            clear += 1
        elif scores[row] == least and positive > limit:
            level[equal] = row
            equal += 1
    return clear, equal


@compiled
def in_common(
    keys: Column[np.int64],
    viewer: int,
    age: int,
    year: int,
    month_day: int,
    birth_year: Column[np.int16],
    birth_month_day: Column[np.int16],
    place: Column[np.int32],
    interests: Table[np.uint64],
    codes: Column[np.int64],
) -> NDArray[np.int64]:
    """(m, 5) what a viewer shares with each: the place, a similar age, and places of the first few shared interests.
    Args:
        age: the viewer's, -1: unknown, on a day of a year.
        birth_year, ...: columns of everyone (`PeopleColumns`).
        codes: the viewer's interests; -1 stands for none in what is returned.
    """
    found = np.full((len(keys), 2 + TOLD_INTERESTS), -1, np.int64)
    for row in range(len(keys)):
        key, told = keys[row], 0
        years = year - birth_year[key] - (month_day < birth_month_day[key])
        found[row, 0] = place[key] == place[viewer] and place[viewer] != UNKNOWN
        found[row, 1] = age != UNKNOWN and birth_year[key] != 0 and abs(years - age) <= SIMILAR_YEARS
        for number in range(len(codes)):
            word, bit = codes[number] // WORD, np.uint64(codes[number] % WORD)
            if told < TOLD_INTERESTS and (interests[key, word] >> bit) & np.uint64(1):
                found[row, 2 + told] = number
                told += 1
    return found


@compiled
def bits_of(word: np.uint64) -> int:
    """How many bits of a word are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


def _in_words(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
