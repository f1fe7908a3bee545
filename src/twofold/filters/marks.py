"""Codes for a few people, looked up for many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twofold.domain.candidate import Codes, Keys, Removed


class Marks:
    """A table from person key to code, for as many people as there are columns.

    >>> marks = Marks(people=10)
    >>> marks.put(np.array([3, 7]), Removed.DECIDED)
    >>> marks.of(np.array([7, 8])).tolist()
    [8, 0]
    """

    def __init__(self, people: int) -> None:
        self._table: Codes = np.zeros(people, np.uint8)

    def put(self, keys: Keys, code: Removed) -> None:
        """Give people a code, in place of the one they had; keys beyond the table belong to nobody."""
        self._table[keys[keys < len(self._table)]] = code

    def put_all(self, keys: Keys, codes: Codes, order: Sequence[Removed]) -> None:
        """Give people those of their codes that are in ``order``; the first in ``order`` wins."""
        for code in reversed(order):
            self.put(keys[codes == code], code)

    def of(self, keys: Keys) -> Codes:
        """(m,) the people's codes."""
        return self._table[keys]
