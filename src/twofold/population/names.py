"""People's ids by key, and keys by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Keys

Arrays = Mapping[str, NDArray[Any]]


class Names:
    """Sorted arrays for who was there when they were made, dictionaries for who came since.

    The arrays may be mapped from a file (`frozen`): then processes share them, and nobody's id is a Python object until
    it is asked for.

    Args:
        frozen: what another one's `frozen` gave.

    >>> names = Names()
    >>> names.put(3, "ada")
    >>> names.key_of("ada"), names.id_of(3), names.key_of("bob"), len(names)
    (3, 'ada', None, 1)
    >>> again = Names(names.frozen())
    >>> again.key_of("ada"), again.id_of(2), len(again)
    (3, None, 1)
    """

    def __init__(self, frozen: Arrays | None = None) -> None:
        self._text, self._start, self._hashes, self._keys = _none() if frozen is None else _parts(frozen)
        self._view = self._text.data  # a slice of an array costs as much as the rest
        self._new: dict[int, str] = {}
        self._key_of: dict[str, int] = {}
        self._gone: set[int] = set()

    def __len__(self) -> int:
        return len(self._keys) + len(self._new) - len(self._gone)

    def key_of(self, person_id: str) -> int | None:
        """The key of an id; None when nobody has it."""
        key = self._key_of.get(person_id)
        return self._old_key(person_id) if key is None else key

    def id_of(self, key: int) -> str | None:
        """The id of a key; None when it is nobody's."""
        person_id = self._new.get(key)
        return self._old_id(key) if person_id is None else person_id

    def ids_of(self, keys: Keys) -> list[str | None]:
        """(m,) the ids of keys, all 0 or above, as of `id_of`.

        >>> names = Names()
        >>> names.put(3, "ada")
        >>> names.ids_of(np.array([3, 4]))
        ['ada', None]
        """
        new, gone, known = self._new, self._gone, len(self._start) - 1
        text, start = self._view, self._start
        return [
            new[key]
            if key in new
            else (key < known and key not in gone and str(text[start[key] : start[key + 1]], "utf-8")) or None
            for key in keys.tolist()
        ]

    def put(self, key: int, person_id: str) -> None:
        """Name a person; a person's id never changes."""
        if self.id_of(key) is None:
            self._new[key], self._key_of[person_id] = person_id, key

    def remove(self, key: int) -> None:
        """Forget a person's name."""
        person_id = self._new.pop(key, None)
        if person_id is not None:
            del self._key_of[person_id]
        elif self._old_id(key) is not None:
            self._gone.add(key)

    def frozen(self) -> dict[str, NDArray[Any]]:
        """All names as arrays: ``text`` (bytes of all ids), ``start`` (of each key's in it), and ``keys`` by rising
        ``hashes``."""
        ids = [each.encode() for each in self._all()]
        start = np.concatenate([[0], np.cumsum([len(each) for each in ids], dtype=np.int64)]).astype(np.int64)
        keys = np.flatnonzero(np.diff(start)).astype(np.int32)
        hashes = np.fromiter((_hash(ids[key]) for key in keys.tolist()), np.uint64, len(keys))
        order = np.argsort(hashes, kind="stable")
        text = np.frombuffer(b"".join(ids), np.uint8)
        return {"text": text, "start": start, "hashes": hashes[order], "keys": keys[order]}

    def _all(self) -> Iterator[str]:
        """Ids by key, empty where there is nobody."""
        for key in range(max(len(self._start) - 1, max(self._new, default=-1) + 1)):
            yield self.id_of(key) or ""

    def _old_id(self, key: int) -> str | None:
        if not 0 <= key < len(self._start) - 1 or key in self._gone:
            return None
        found = self._text[self._start[key] : self._start[key + 1]]
        return found.tobytes().decode() or None

    def _old_key(self, person_id: str) -> int | None:
        if not len(self._hashes):
            return None
        try:
            wanted = np.uint64(_hash(person_id.encode()))
        except UnicodeEncodeError:
            return None  # half a surrogate pair, which nobody's id holds
        for place in range(*(int(np.searchsorted(self._hashes, wanted, side)) for side in ("left", "right"))):
            key = int(self._keys[place])
            if self._old_id(key) == person_id:
                return key
        return None


Parts = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint64], NDArray[np.int32]]


def _none() -> Parts:
    return np.empty(0, np.uint8), np.zeros(1, np.int64), np.empty(0, np.uint64), np.empty(0, np.int32)


def _parts(arrays: Arrays) -> Parts:
    return arrays["text"], arrays["start"], arrays["hashes"], arrays["keys"]


def _hash(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
