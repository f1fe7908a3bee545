"""The tombstones a process knows: read once, then only what has been added, so that asking costs no query per id."""

from __future__ import annotations

import threading
from bisect import bisect_right
from operator import itemgetter

from sqlalchemy import Connection, bindparam, select

from twofold.domain.errors import Unavailable
from twofold.storage.sql.schema import meta, tombstones
from twofold.storage.tombstone import tombstone_digest

SALT = "tombstone_salt"
_NEWER = (
    select(tombstones.c.position, tombstones.c.digest, tombstones.c.key)
    .where(tombstones.c.position > bindparam("seen"))
    .order_by(tombstones.c.position)
)
_SALT = select(meta.c.value).where(meta.c.name == SALT)


class Tombstones:
    """The erased ids' digests and keys, followed by position.

    `refresh` runs at the start of each write transaction; the log's row keeps others from adding meanwhile, so what
    it has read is complete until the commit.
    """

    def __init__(self) -> None:
        self.keys: set[int] = set()
        self._digests: set[bytes] = set()
        self._seen = 0
        self._removals: list[tuple[int, int]] = []
        self._salt: bytes | None = None
        self._lock = threading.Lock()

    def refresh(self, connection: Connection) -> None:
        """Read what has been added since the last time."""
        with self._lock:
            if self._salt is None:
                self._salt = read_salt(connection)
            for position, digest, key in connection.execute(_NEWER, {"seen": self._seen}):
                self._digests.add(bytes(digest))
                self.keys.add(key)
                self._removals.append((position, key))
                self._seen = position

    @property
    def seen(self) -> int:
        """The position of the last removal read; 0 when there is none."""
        return self._seen

    def keys_after(self, position: int) -> list[int]:
        """The keys of those who were removed after a position, as far as read."""
        first = bisect_right(self._removals, position, key=itemgetter(0))
        return [key for _, key in self._removals[first:]]

    def digest(self, person_id: str) -> bytes:
        """The digest that would stand for the id; after a `refresh`."""
        assert self._salt is not None, "refresh comes first"
        return tombstone_digest(self._salt, person_id)

    def among(self, ids: list[str]) -> set[str]:
        """Those of the ids that are erased, as far as read."""
        if not self._digests:
            return set()
        return {person_id for person_id in ids if self.digest(person_id) in self._digests}


def read_salt(connection: Connection) -> bytes:
    """What was drawn by chance when the database was made.

    Raises:
        Unavailable: it has not been prepared.
    """
    salt = connection.execute(_SALT).scalar_one_or_none()
    if salt is None:
        raise Unavailable("the database has not been prepared; run the migrations (prepare) first")
    return bytes(salt)
