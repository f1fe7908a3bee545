"""The latest decisions of some people, and what one person did."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys

Ints = NDArray[np.int64]
Kinds = NDArray[np.int8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest decisions of m owners, all in flat columns (n,): row after row, in each by time.

    Args:
        row: which of the m owners.
        other: the other person.
        positive: a like or super like, else a dislike or pass.
        at: when.
        kind: `EventKind` numbers.
        distinct: it is known that nobody stands twice in a row.
    """

    row: Ints
    other: Keys
    positive: Mask
    at: Ints
    kind: Kinds
    distinct: bool = False

    def take(self, index: Mask | Ints) -> Latest:
        """The rows of an index or mask, which keeps their order."""
        columns = self.row[index], self.other[index], self.positive[index], self.at[index], self.kind[index]
        return Latest(*columns, distinct=self.distinct)

    def newest(self, most: int) -> Latest:
        """The last so many of each row."""
        if len(self.row) <= most:
            return self
        ends = np.cumsum(np.bincount(self.row)) if len(self.row) else self.row
        return self.take(ends[self.row] - np.arange(len(self.row)) <= most)

    def standing(self, people: int) -> Latest:
        """Only the last decision of each owner and other, the one that stands."""
        if self.distinct:
            return self
        code = self.row * people + self.other
        last = len(code) - 1 - np.unique(code[::-1], return_index=True)[1]
        return replace(self.take(np.sort(last)), distinct=True)

    def by_other(self) -> Latest:
        """In the order of rows and others."""
        return self.take(np.lexsort((self.other, self.row)))

    @classmethod
    def concatenate(cls, parts: list[Latest]) -> Latest:
        """All parts, in the order of their rows."""
        if len(parts) == 1:
            return parts[0]
        columns: dict[str, Any] = {
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(cls)
            if each.name != "distinct"
        }
        joined = cls(**columns, distinct=all(part.distinct for part in parts))
        return joined.take(np.argsort(joined.row, kind="stable"))


@dataclass(frozen=True, slots=True)
class Acts:
    """One person's events (n,) in the order of time, or those about them: columns of a history, which are not copied.

    Args:
        other: the other person.
        kind: `EventKind` numbers.
        at: when.
        distinct: it is known that nobody was decided about twice.
    """

    other: NDArray[np.int32]
    kind: Kinds
    at: Ints
    distinct: bool
