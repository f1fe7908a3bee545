"""Labels as small integers, and sets of labels as bits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WORD = 64
MASK = 2**WORD - 1


class Vocabulary:
    """Labels numbered in the order in which they come.

    >>> words = Vocabulary()
    >>> words.code("chess"), words.code("tea"), words.code("chess"), words.label(1)
    (0, 1, 0, 'tea')
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._labels: list[str] = list(labels)
        self._codes: dict[str, int] = {label: code for code, label in enumerate(self._labels)}

    def __len__(self) -> int:
        return len(self._labels)

    def code(self, label: str) -> int:
        """The label's number; a new label gets the next one."""
        code = self._codes.setdefault(label, len(self._labels))
        if code == len(self._labels):
            self._labels.append(label)
        return code

    def labels(self) -> tuple[str, ...]:
        """All labels, in the order of their numbers."""
        return tuple(self._labels)

    def label(self, code: int) -> str:
        """The label of a number."""
        return self._labels[code]


class BitSets:
    """One set of codes per person: bits in 64-bit words, as wide as the largest code needs.

    >>> sets = BitSets(2)
    >>> sets.put(0, [1, 70]); sets.put(1, [70])
    >>> sets.codes(0), sets.codes(1)
    ([1, 70], [70])
    """

    def __init__(self, people: int = 0) -> None:
        self.words: NDArray[np.uint64] = np.zeros((people, 1), np.uint64)

    def resize(self, people: int) -> None:
        """Make room for so many people."""
        grown = np.zeros((people, self.words.shape[1]), np.uint64)
        grown[: len(self.words)] = self.words
        self.words = grown

    def put(self, key: int, codes: Iterable[int]) -> None:
        """Replace one person's set."""
        bits = 0
        for code in codes:
            bits |= 1 << code
        self._widen((max(bits.bit_length(), 1) - 1) // WORD + 1)
        for word in range(self.words.shape[1]):
            self.words[key, word] = bits >> (word * WORD) & MASK

    def codes(self, key: int) -> list[int]:
        """The codes of one set, ascending."""
        codes = []
        for place, word in enumerate(self.words[key].tolist()):
            while word:
                lowest = word & -word
                codes.append(place * WORD + lowest.bit_length() - 1)
                word ^= lowest
        return codes

    def _widen(self, words: int) -> None:
        missing = words - self.words.shape[1]
        if missing > 0:
            self.words = np.pad(self.words, ((0, 0), (0, missing)))
