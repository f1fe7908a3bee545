"""Person features that were computed lately, in memory and in the table user_features.

A row is good for a moment t when it was computed at most the time to live before t, on the same UTC day, and nothing
has changed about the person since the log position it was computed at. Any other is computed again. So a list made
with the checkpoint equals one made without.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twofold.domain.candidate import Floats, Keys
from twofold.domain.features import FeatureRows
from twofold.domain.ports import FeatureStore
from twofold.domain.time import MICROS_PER_DAY, MICROS_PER_SECOND, Micros

# The founding document's five minutes: after that even a person who does nothing is computed again.
TTL = Micros(300 * MICROS_PER_SECOND)

NEVER = np.iinfo(np.int64).min
Ints = NDArray[np.int64]


class Checkpoint:
    """Feature rows by person key.

    Not locked: whoever shares one between threads holds a lock around every call.

    Args:
        store: where rows outlive the process; None keeps them in memory alone.
        version: feature version and model version, ``v1@m0003``: rows of others are never read.
        width: features per row.
        ttl: how long a row may be used.
        feature_hash: of the feature version; rows stored under another hash are never read.

    >>> kept = Checkpoint(None, "v1@m0001", width=1)
    >>> kept.put(np.array([4]), np.array([[0.5]], np.float32), Micros(10), position=7)
    >>> kept.fresh(np.array([4, 5]), Micros(11), changed=np.array([7, 0]), position=7).tolist()
    [True, False]
    """

    def __init__(
        self, store: FeatureStore | None, version: str, width: int, ttl: Micros = TTL, feature_hash: str = ""
    ) -> None:
        self._store, self.version, self._width, self._ttl = store, version, width, ttl
        self._stored_as = f"{version}#{feature_hash}" if feature_hash else version
        self._values: Floats = np.zeros((0, width), np.float32)
        self._computed_at: Ints = np.zeros(0, np.int64)
        self._position: Ints = np.zeros(0, np.int64)
        self._unsaved = np.zeros(0, bool)

    @property
    def feature_version(self) -> str:
        """The feature version whose rows these are."""
        return self.version.partition("@")[0]

    def fresh(self, keys: Keys, as_of: Micros | int, changed: Ints, position: int) -> NDArray[np.bool_]:
        """(m,) whose row is good for a moment.

        Args:
            changed: (m,) the log position of each person's last change.
            position: the log position of the population; a row that has seen more is not used.
        """
        inside = keys < len(self._computed_at)
        safe = np.where(inside, keys, 0)
        if not len(self._computed_at):
            return inside
        computed_at, seen = self._computed_at[safe], self._position[safe]
        oldest = max(int(as_of) - self._ttl + 1, int(as_of) // MICROS_PER_DAY * MICROS_PER_DAY)
        young = (computed_at >= oldest) & (computed_at <= as_of)
        return inside & young & (changed <= seen) & (seen <= position)

    def get(self, keys: Keys) -> Floats:
        """(m, width) the rows of people who have one."""
        return self._values[keys]

    def put(self, keys: Keys, values: Floats, computed_at: Micros | int, position: int) -> None:
        """Keep rows (m, width) computed for a moment at a log position."""
        if not len(keys):
            return
        self._reserve(int(keys.max()) + 1)
        self._values[keys] = values
        self._computed_at[keys] = computed_at
        self._position[keys] = position
        self._unsaved[keys] = True

    def forget(self, key: int) -> None:
        """Drop one person's row from memory, unsaved or not (the store drops its own with the person)."""
        if key < len(self._computed_at):
            self._values[key] = 0
            self._computed_at[key] = NEVER
            self._unsaved[key] = False

    def load(self) -> int:
        """Take over what the store has of this version; how many rows fitted."""
        if self._store is None:
            return 0
        rows = self._store.get_features(self._stored_as)
        if not len(rows) or rows.values.shape[1] != self._width:
            return 0
        self._reserve(int(rows.keys.max()) + 1)
        self._values[rows.keys] = rows.values
        self._computed_at[rows.keys] = rows.computed_at
        self._position[rows.keys] = rows.position
        return len(rows)

    def flush(self) -> int:
        """Write the rows computed since the last flush to the store; how many."""
        rows = self.take()
        self.write(rows)
        return len(rows)

    def take(self) -> FeatureRows:
        """The rows computed since the last time, copied, so that they can be written without the caller's lock."""
        keys = np.flatnonzero(self._unsaved).astype(np.int64)
        self._unsaved[keys] = False
        return FeatureRows(keys, self._values[keys], self._computed_at[keys], self._position[keys])

    def write(self, rows: FeatureRows) -> None:
        """Write rows that were taken; needs no lock."""
        if self._store is not None and len(rows):
            self._store.put_features(self._stored_as, rows)

    def _reserve(self, size: int) -> None:
        room = len(self._computed_at)
        if size <= room:
            return
        more = max(size, room * 2, 1_024) - room
        self._values = np.concatenate([self._values, np.zeros((more, self._width), np.float32)])
        self._computed_at = np.concatenate([self._computed_at, np.full(more, NEVER)])
        self._position = np.concatenate([self._position, np.zeros(more, np.int64)])
        self._unsaved = np.concatenate([self._unsaved, np.zeros(more, bool)])
