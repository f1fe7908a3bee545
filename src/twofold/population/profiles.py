"""Who people were at a moment: the version of the profile that stood then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.as_of import AsOf
from twofold.domain.candidate import Doubles, Keys
from twofold.domain.changes import PersonVersion
from twofold.population.columns import PeopleColumns
from twofold.population.frozen import Arrays, under, within

Column = NDArray[np.generic]


class Profiles:
    """The versions of profiles that no longer stand, beside the columns of those that do.

    A version stands from its own time on, as far as it was written; a person's first one stands for the time before it
    too, since imports bring profiles after the events they belong to.

    >>> from twofold.domain.person import Person
    >>> columns = PeopleColumns()
    >>> profiles = Profiles(columns)
    >>> for number, interests in enumerate([("tea",), ("tea", "chess")]):
    ...     person = Person(id="ada", interests=interests)
    ...     profiles.put(PersonVersion(number + 1, 0, number * 10, 0, person))
    >>> profiles.of(np.array([0, 0]), AsOf.at([5, 11])).interest_counts.tolist()
    [1, 2]
    """

    def __init__(self, columns: PeopleColumns) -> None:
        self._columns, self._archive = columns, columns.archive()
        self._standing = _Standing.none()
        self._older: dict[int, list[tuple[int, int, int]]] = {}
        self._revised = np.zeros(0, bool)

    def put(self, version: PersonVersion) -> None:
        """Insert or replace one person; what stood before is kept."""
        key, columns = version.key, self._columns
        if self._standing.knows(key):
            place = self._archive.append_row(columns, key)
            self._older.setdefault(key, []).append((*self._standing.of(key), place))
        columns.put(version)
        if version.person.created_at is None:
            columns.created_day[key] = min([int(columns.created_day[key]), *self._earlier_days(version)])
        if len(self._revised) < len(columns.present):
            self._revised = np.concatenate([self._revised, np.zeros(len(columns.present) - len(self._revised), bool)])
        self._revised[key] = key in self._older
        self._standing.put(key, version.position, version.at)

    def remove(self, key: int) -> None:
        """Forget one person: their older versions are wiped too."""
        self._columns.remove(key)
        self._standing.forget(key)
        for _, _, place in self._older.pop(key, []):
            self._archive.wipe_row(place)
        if key < len(self._revised):
            self._revised[key] = False

    def knows(self, key: int) -> bool:
        """Whether the person has a version."""
        return self._standing.knows(key)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All of it but the present columns as arrays."""
        older = [(key, *each) for key, versions in self._older.items() for each in versions]
        own = {
            "position": self._standing.position,
            "at": self._standing.at,
            "revised": self._revised,
            "older": np.array(older, np.int64).reshape(-1, 4),
        }
        return own | under("archive", self._archive.frozen())

    @classmethod
    def thawed(cls, arrays: Arrays, columns: PeopleColumns) -> Profiles:
        """Of what `frozen` gave, beside the present columns."""
        profiles = cls(columns)
        profiles._archive = PeopleColumns.thawed(within("archive", arrays), words=columns)
        profiles._standing, profiles._revised = _Standing(arrays["position"], arrays["at"]), arrays["revised"]
        for key, position, at, place in arrays["older"].tolist():
            profiles._older.setdefault(key, []).append((position, at, place))
        return profiles

    def settled(self, keys: Keys, moment: int) -> NDArray[np.bool_]:
        """(m,) whose present version stands at a moment and from then on."""
        settled = ~self._revised[keys]
        for row in np.flatnonzero(~settled).tolist():
            settled[row] = self._standing.of(int(keys[row]))[1] < moment
        return settled

    def present(self, keys: Keys, as_of: AsOf) -> bool:
        """Whether the profiles of all these people, as of one moment, are the present ones."""
        return not np.logical_or.reduce(self._revised[keys]) or self.of(keys, as_of).present

    def of(self, keys: Keys, as_of: AsOf) -> ProfileRows:
        """The profiles of m people, each as of its own moment (or all as of one)."""
        revised = np.flatnonzero(self._revised[keys])
        if not len(revised):
            return ProfileRows(self._columns, keys, as_of)
        places = np.full(len(keys), -1, np.int64)
        seen = as_of.broadcast(len(keys))
        moments, positions = seen.moments, seen.positions
        for row in revised.tolist():
            written = None if positions is None else int(positions[row])
            places[row] = self._place(int(keys[row]), int(moments[row]), written)
        return ProfileRows(self._columns, keys, as_of, self._archive, places)

    def _earlier_days(self, version: PersonVersion) -> list[int]:
        """When the account began by older versions; not by those dated later, which a moment may not see yet."""
        older = self._older.get(version.key, [])
        return [int(self._archive.created_day[place]) for _, at, place in older if at <= version.at]

    def _place(self, key: int, moment: int, position: int | None) -> int:
        """The row of the archive that stood, -1 when it is the present version."""
        older = self._older[key]
        for written, at, place in reversed([*older, (*self._standing.of(key), -1)]):
            if at < moment and (position is None or written <= position):
                return place
        return older[0][2]


@dataclass(slots=True)
class _Standing:
    """Log position and own time of the version that stands, by key; position -1 where there is none."""

    position: NDArray[np.int64]
    at: NDArray[np.int64]

    @classmethod
    def none(cls) -> _Standing:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    def knows(self, key: int) -> bool:
        return key < len(self.position) and int(self.position[key]) >= 0

    def of(self, key: int) -> tuple[int, int]:
        return int(self.position[key]), int(self.at[key])

    def put(self, key: int, position: int, at: int) -> None:
        missing = key + 1 - len(self.position)
        if missing > 0:
            room = max(missing, len(self.position), 1_024)
            self.position = np.concatenate([self.position, np.full(room, -1, np.int64)])
            self.at = np.concatenate([self.at, np.zeros(room, np.int64)])
        self.position[key], self.at[key] = position, at

    def forget(self, key: int) -> None:
        if key < len(self.position):
            self.position[key] = -1


class ProfileRows:
    """Columns of m profiles as they stood.

    Args:
        columns: the present.
        keys: (m,) people.
        as_of: the moments ages are computed for.
        archive, places: (m,) rows of older versions, -1 where the present one stood.
    """

    def __init__(
        self,
        columns: PeopleColumns,
        keys: Keys,
        as_of: AsOf,
        archive: PeopleColumns | None = None,
        places: NDArray[np.int64] | None = None,
    ) -> None:
        self._columns, self._keys, self._as_of, self._archive, self._places = columns, keys, as_of, archive, places

    def __len__(self) -> int:
        return len(self._keys)

    @cached_property
    def ages(self) -> NDArray[np.int16]:
        """(m,) completed years on each row's day; -1 when unknown."""
        year, month_day = _dates(self._as_of.days)
        ages = self._merge(lambda columns, keys, rows: columns.ages_on(keys, _at(year, rows), _at(month_day, rows)))
        return np.asarray(ages, np.int16)

    @property
    def present(self) -> bool:
        """Whether all of them are the present ones."""
        return self._places is None or bool((self._places < 0).all())

    @cached_property
    def interest_words(self) -> NDArray[np.uint64]:
        """(m, words) interests as bits."""
        words = self._columns.interests.words[self._keys]
        if self._archive is not None and self._places is not None:
            old = self._places >= 0
            theirs = self._archive.interests.words[self._places[old]]
            words[old] = 0
            words[old, : theirs.shape[1]] = theirs
        return words

    @cached_property
    def interest_counts(self) -> NDArray[np.int64]:
        """(m,) how many interests."""
        return np.asarray(np.bitwise_count(self.interest_words).sum(axis=1, dtype=np.int64))

    @cached_property
    def created_days(self) -> NDArray[np.int64]:
        """(m,) the account's first UTC day."""
        return np.asarray(self._column("created_day"), np.int64)

    @cached_property
    def has_bio(self) -> NDArray[np.bool_]:
        """(m,) whether there is a bio."""
        return np.asarray(self._column("has_bio"), bool)

    @cached_property
    def genders(self) -> NDArray[np.int32]:
        """(m,) codes; -1 when unknown."""
        return np.asarray(self._column("gender"), np.int32)

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """(m,) codes; -1 when unknown."""
        return np.asarray(self._column("place"), np.int32)

    @cached_property
    def latitudes(self) -> Doubles:
        """(m,) radians; NaN when unknown."""
        return np.asarray(self._column("lat"), np.float64)

    @cached_property
    def longitudes(self) -> Doubles:
        """(m,) radians; NaN when unknown."""
        return np.asarray(self._column("lon"), np.float64)

    @cached_property
    def seen(self) -> NDArray[np.int64]:
        """(m,) when last active by the profile's own word; 0 when it does not say."""
        return np.asarray(self._column("seen"), np.int64)

    def _column(self, name: str) -> Column:
        return self._merge(lambda columns, keys, _rows: getattr(columns, name)[keys])

    def _merge(self, read: Callable[[PeopleColumns, Keys, NDArray[np.bool_] | slice], Column]) -> Column:
        values = read(self._columns, self._keys, slice(None))
        if self._archive is not None and self._places is not None:
            old = self._places >= 0
            values[old] = read(self._archive, self._places[old], old)
        return values


def _dates(days: NDArray[np.int64]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Days since 1970 as years, and month * 100 + day."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month, day = months.astype(np.int64) % 12 + 1, (dates - months).astype(np.int64) + 1
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    return year.astype(np.int16), (month * 100 + day).astype(np.int16)


def _at(values: NDArray[np.int16], rows: NDArray[np.bool_] | slice) -> NDArray[np.int16]:
    """The values of some rows; one stands for all."""
    return values if len(values) == 1 else values[rows]
