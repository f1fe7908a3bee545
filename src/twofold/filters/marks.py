"""Codes for a few people, looked up among many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twofold.compiled import Column, compiled
from twofold.domain.candidate import Codes, Keys, Removed


class Marks:
    """Codes of a few people. Looking them up costs by them, not by the people asked about.

    >>> marks = Marks()
    >>> marks.put(np.array([3, 7]), Removed.DECIDED)
    >>> marks.of(np.array([7, 8])).tolist()
    [8, 0]
    """

    def __init__(self) -> None:
        self._keys: list[Keys] = []
        self._codes: list[Codes] = []

    def put(self, keys: Keys, code: Removed) -> None:
        """Give people a code, in place of the one they had."""
        if len(keys):
            self._keys.append(keys)
            self._codes.append(np.full(len(keys), code, np.uint8))

    def put_all(self, keys: Keys, codes: Codes, order: Sequence[Removed]) -> None:
        """Give people those of their codes that are in ``order``; the first in ``order`` wins."""
        for code in reversed(order):
            self.put(keys[codes == code], code)

    def of(self, keys: Keys) -> Codes:
        """(m,) the codes of people, each asked about once; 0 without one."""
        if not self._keys or not len(keys):
            return np.zeros(len(keys), np.uint8)
        return looked_up(keys, np.concatenate(self._keys), np.concatenate(self._codes))


@compiled
def looked_up(keys: Column[np.int64], marked: Column[np.int64], codes: Column[np.uint8]) -> Codes:
    """(m,) the codes of people among those marked; of somebody marked twice the last code counts.

    Args:
        keys: (m,) distinct; it is quickest when they rise.
        marked, codes: (k,) few.
    """
    found, rising = np.zeros(len(keys), np.uint8), True
    for row in range(1, len(keys)):
        rising = rising and keys[row - 1] < keys[row]
    order = np.empty(0, np.int64) if rising else np.argsort(keys)
    for mark in range(len(marked)):
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) // 2
            if keys[middle if rising else order[middle]] < marked[mark]:
                low = middle + 1
            else:
                high = middle
        if low < len(keys):
            place = low if rising else order[low]
            if keys[place] == marked[mark]:
                found[place] = codes[mark]
    return found
