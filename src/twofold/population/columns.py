"""Who people are, one array per attribute, indexed by person key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys
from twofold.domain.changes import PersonVersion
from twofold.domain.time import EPOCH, Day, Micros, day_of
from twofold.population.frozen import Arrays, labels, number, roomy, under, within, words_of
from twofold.population.names import Names
from twofold.population.vocabulary import BitSets, Vocabulary

UNKNOWN = -1
EARTH_RADIUS_KM = 6_371.0088  # mean radius, IUGG
NO_AGE_LIMIT = 1_000

VOCABULARIES, SETS = ("genders", "places", "interest_labels"), ("seeking", "interests")


class PeopleColumns:
    """Everyone's current attributes, by keys below ``rows``.

    Columns are at least so long; ``present`` says which keys are people. Unknown gender and place are
    -1, unknown birth year 0, unknown coordinates and unlimited distance NaN. ``last_active`` is the latest of all that
    is known, ``seen`` what the profile itself says. ``interest_people`` counts, per interest, how many people have it.
    """

    def __init__(self) -> None:
        self.names = Names()
        self.rows = 0
        self.genders, self.places, self.interest_labels = Vocabulary(), Vocabulary(), Vocabulary()
        self.present = np.zeros(0, bool)
        self.active = np.zeros(0, bool)
        self.birth_year = np.zeros(0, np.int16)
        self.birth_month_day = np.zeros(0, np.int16)
        self.gender = np.zeros(0, np.int32)
        self.place = np.zeros(0, np.int32)
        self.lat = np.zeros(0, np.float64)
        self.lon = np.zeros(0, np.float64)
        self.has_bio = np.zeros(0, bool)
        self.min_age = np.zeros(0, np.int16)
        self.max_age = np.zeros(0, np.int16)
        self.max_distance = np.zeros(0, np.float32)
        self.created_day = np.zeros(0, np.int32)
        self.last_active = np.zeros(0, np.int64)
        self.seen = np.zeros(0, np.int64)
        self.seeks_anyone = np.zeros(0, bool)
        self.seeking, self.interests = BitSets(), BitSets()
        self.interest_people: list[int] = []
        self._everyone: Keys | None = None

    def __len__(self) -> int:
        return len(self.names)

    def ids(self) -> list[str | None]:
        """Everyone's id by key; None where there is nobody."""
        return [self.names.id_of(key) for key in range(self.rows)]

    def everyone(self) -> Keys:
        """Sorted keys of all people."""
        if self._everyone is None:
            self._everyone = np.flatnonzero(self.present).astype(np.int64)
        return self._everyone

    def put(self, version: PersonVersion) -> None:
        """Insert or replace one person."""
        person, key = version.person, version.key
        self._reserve(key + 1)
        known = bool(self.present[key])
        if not known:
            self._everyone = None
        self.names.put(key, person.id)
        self.present[key] = True
        self.active[key] = person.active
        self.birth_year[key], self.birth_month_day[key] = _birth(person.birth_date)
        self.gender[key] = UNKNOWN if person.gender is None else self.genders.code(person.gender)
        self.place[key] = UNKNOWN if person.place is None else self.places.code(person.place)
        self.lat[key] = np.nan if person.lat is None else np.radians(person.lat)
        self.lon[key] = np.nan if person.lon is None else np.radians(person.lon)
        self.has_bio[key] = bool(person.bio and person.bio.strip())
        self.min_age[key] = UNKNOWN if person.min_age is None else person.min_age
        self.max_age[key] = NO_AGE_LIMIT if person.max_age is None else person.max_age
        self.max_distance[key] = np.nan if person.max_distance_km is None else person.max_distance_km
        self.created_day[key] = day_of(version.at if person.created_at is None else person.created_at)
        self.seen[key] = person.last_active_at or 0
        self.last_active[key] = self.seen[key]
        self.seeks_anyone[key] = not person.seeking
        self.seeking.put(key, [self.genders.code(label) for label in person.seeking])
        self._put_interests(key, [self.interest_labels.code(label) for label in person.interests], known)

    def remove(self, key: int) -> None:
        """Forget one person: nothing about them stays in a column."""
        if key >= len(self.present) or not self.present[key]:
            return
        self.names.remove(key)
        self._put_interests(key, [], known=True)
        self.wipe_row(key)
        self._everyone = None

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it as arrays; `thawed` makes columns of them again."""
        columns = {name: roomy(column, self.rows) for name, column in self._arrays()}
        columns |= {name: roomy(getattr(self, name).words, self.rows) for name in SETS}
        columns |= {name: labels(getattr(self, name).labels()) for name in VOCABULARIES}
        columns |= {"rows": number(self.rows), "interest_people": np.array(self.interest_people, np.int64)}
        return columns | under("names", self.names.frozen())

    @classmethod
    def thawed(cls, arrays: Arrays, words: PeopleColumns | None = None) -> PeopleColumns:
        """Columns of what `frozen` gave, which is not copied; ``words`` are columns that speak of the same labels."""
        columns = cls()
        for name, _ in list(columns._arrays()):
            setattr(columns, name, arrays[name])
        for name in SETS:
            getattr(columns, name).words = arrays[name]
        for name in VOCABULARIES:
            setattr(columns, name, Vocabulary(words_of(arrays[name])) if words is None else getattr(words, name))
        columns.rows, columns.interest_people = int(arrays["rows"][0]), arrays["interest_people"].tolist()
        columns.names = Names(within("names", arrays))
        return columns

    def archive(self) -> PeopleColumns:
        """Empty columns that speak of the same labels, for versions that no longer stand."""
        columns = PeopleColumns()
        columns.genders, columns.places, columns.interest_labels = self.genders, self.places, self.interest_labels
        return columns

    def append_row(self, other: PeopleColumns, key: int) -> int:
        """Copy one person's attributes out of other columns into a new row, without the name; the row."""
        row = self.rows
        self._reserve(row + 1)
        for name, column in self._arrays():
            column[row] = getattr(other, name)[key]
        self.seeking.put(row, other.seeking.codes(key))
        self.interests.put(row, other.interests.codes(key))
        return row

    def wipe_row(self, row: int) -> None:
        """Nothing of a row stays."""
        for _, column in self._arrays():
            column[row] = 0
        self.seeking.put(row, [])
        self.interests.put(row, [])

    def ages(self, keys: Keys, day: Day | int) -> NDArray[np.int16]:
        """(m,) completed years on a day; -1 where the birth date is unknown."""
        year, month_day = self.calendar(day)
        return self.ages_on(keys, np.int16(year), np.int16(month_day))

    def age(self, key: int, day: Day | int) -> int:
        """As `ages`, of one person."""
        (year, month_day), birth = self.calendar(day), int(self.birth_year[key])
        return year - birth - (month_day < int(self.birth_month_day[key])) if birth else UNKNOWN

    @staticmethod
    @lru_cache(maxsize=8)
    def calendar(day: Day | int) -> tuple[int, int]:
        """A day as birth dates are kept: year, and month * 100 + day."""
        on = date.fromordinal(EPOCH.toordinal() + int(day))
        return on.year, on.month * 100 + on.day

    def ages_on(
        self, keys: Keys, year: NDArray[np.int16] | np.int16, month_day: NDArray[np.int16] | np.int16
    ) -> NDArray[np.int16]:
        """As `ages`, each row on its own day, given as year and month * 100 + day."""
        birth = self.birth_year[keys]
        years = year - birth - (month_day < self.birth_month_day[keys])
        return np.where(birth == 0, np.int16(UNKNOWN), years).astype(np.int16)

    def saw_active(self, key: int, at: Micros | int) -> None:
        """An act of the person was seen."""
        if key < len(self.present) and self.present[key]:
            self.last_active[key] = max(int(self.last_active[key]), int(at))

    def saw_all_active(self, keys: Keys, at: NDArray[np.int64]) -> None:
        """Acts of many people were seen, each as in `saw_active`."""
        known = keys < len(self.present)
        known[known] = self.present[keys[known]]
        np.maximum.at(self.last_active, keys[known], at[known])

    def _put_interests(self, key: int, codes: list[int], known: bool) -> None:
        """Replace a person's interests, and keep count of how many people have each."""
        self.interest_people.extend([0] * (len(self.interest_labels) - len(self.interest_people)))
        for code in self.interests.codes(key) if known else ():
            self.interest_people[code] -= 1
        for code in codes:
            self.interest_people[code] += 1
        self.interests.put(key, codes)

    def _arrays(self) -> Iterator[tuple[str, NDArray[np.generic]]]:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and not name.startswith("_"):
                yield name, value

    def _reserve(self, size: int) -> None:
        room, self.rows = len(self.present), max(self.rows, size)
        if size <= room:
            return
        grown = max(size, room * 2, 1_024)
        for name, column in list(self._arrays()):
            setattr(self, name, np.concatenate([column, np.zeros(grown - room, column.dtype)]))
        self.seeking.resize(grown)
        self.interests.resize(grown)


def _birth(value: date | None) -> tuple[int, int]:
    return (0, 0) if value is None else (value.year, value.month * 100 + value.day)
