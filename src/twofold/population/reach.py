"""Who is within the wishes of a viewer, and whose wishes the viewer is within, found without looking at everyone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Reached
from twofold.population.cells import Cells, Wish
from twofold.population.columns import NO_AGE_LIMIT, UNKNOWN, PeopleColumns
from twofold.population.frozen import Arrays

# Past so many people who changed, the cells are laid out anew: each list looks at all of these.
MOST_MOVED = 2_000


class Reach:
    """People by what limits people. What it finds for a viewer holds everybody whom the wishes of both sides keep.

    Whoever was put or removed since the cells were laid out (`moved`) is always among those found, and never sure.

    >>> Reach(PeopleColumns()).of(0, 20_000).keys.tolist()
    []
    """

    def __init__(self, columns: PeopleColumns) -> None:
        self._columns, self.moved_at_most = columns, MOST_MOVED
        self._cells: Cells | None = None
        self._moved: set[int] = set()

    def frozen(self) -> dict[str, NDArray[Any]]:
        """The cells as arrays; nothing while somebody changed since they were laid out."""
        cells = None if self._moved else self._cells
        return {} if cells is None else {name: np.asarray(value) for name, value in vars(cells).items()}

    def put(self, arrays: Arrays) -> None:
        """Take cells of what `frozen` gave, of the same columns, which is not copied."""
        cells = Cells.__new__(Cells)
        for name, value in arrays.items():
            setattr(cells, name, value)
        self._cells = cells

    def moved(self, key: int) -> None:
        """A person changed."""
        if self._cells is not None:
            self._cells.drop(key)
            self._moved.add(key)

    def of(self, viewer: int, day: int) -> Reached:
        """All of whom the wishes of both sides, on a day, may keep each other."""
        if self._cells is None or len(self._moved) > self.moved_at_most:
            if not len(self._columns):
                return Reached.all_of(self._columns.everyone())
            self.lay_out()
        assert self._cells is not None
        found = Reached(*self._cells.find(wish_of(self._columns, viewer, day)))
        return self._with_moved(found) if self._moved else found

    def lay_out(self) -> None:
        """Put everybody into cells anew."""
        self._cells = Cells(self._columns)
        self._moved.clear()

    def _with_moved(self, found: Reached) -> Reached:
        moved = np.fromiter(self._moved, np.int64, len(self._moved))
        moved = moved[self._columns.present[moved]]
        keys = np.concatenate([found.keys, moved])
        order = np.argsort(keys, kind="stable")
        return Reached(keys[order], np.append(found.sure, np.zeros(len(moved), bool))[order])


def wish_of(columns: PeopleColumns, viewer: int, day: int) -> Wish:
    """What a viewer wants on a day."""
    return Wish(
        genders=None if columns.seeks_anyone[viewer] else columns.seeking.codes(viewer),
        born=_born(int(columns.min_age[viewer]), int(columns.max_age[viewer]), day),
        limit_km=float(columns.max_distance[viewer]),
        lat=float(columns.lat[viewer]),
        lon=float(columns.lon[viewer]),
        gender=int(columns.gender[viewer]),
        age=columns.age(viewer, day),
    )


def _born(least: int, most: int, day: int) -> tuple[int, int] | None:
    """The birth dates (`cells.birth_codes`) of people from ``least`` to ``most`` years old; None without a limit."""
    if least == UNKNOWN and most == NO_AGE_LIMIT:
        return None
    year, today = PeopleColumns.calendar(day)
    oldest = max((year - most - 1) * 10_000 + today + 1, 1)
    return oldest, (year - max(least, 0)) * 10_000 + today
