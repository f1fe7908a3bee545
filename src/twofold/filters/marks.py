"""Codes for a few people, looked up among many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
        found = np.zeros(len(keys), np.uint8)
        if not self._keys or not len(keys):
            return found
        marked, codes = np.concatenate(self._keys), np.concatenate(self._codes)
        ascending = bool((keys[1:] > keys[:-1]).all())
        order = None if ascending else np.argsort(keys)
        place = np.minimum(np.searchsorted(keys, marked, sorter=order), len(keys) - 1)
        place = place if order is None else order[place]
        there = keys[place] == marked
        found[place[there]] = codes[there]  # of a place named twice the last code stays
        return found
