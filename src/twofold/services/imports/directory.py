"""Which key belongs to which id, remembered over a whole import, and people made for events that come alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from twofold.domain.errors import Refused
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.services.imports.events_file import EventRows
from twofold.services.imports.sink import PeopleSink

MOST_REMEMBERED = 2_000_000  # ids; about 300 MB. Beyond it the directory starts anew, so that memory stays bounded
TRIES = 3  # somebody else may erase a person between a look-up and a write; thrice in a row is something else


class Directory:
    """Keys by id.

    Args:
        store: who exists.
        create: make people who do not exist (their age unknown).
        dry_run: make them here only.
    """

    def __init__(self, store: PeopleSink, *, create: bool, dry_run: bool) -> None:
        self._store = store
        self._create = create
        self._dry_run = dry_run
        self._known: dict[str, int] = {}
        self.created = 0

    def keys(self, rows: EventRows, now: Micros) -> tuple[Mapping[str, int], dict[str, str]]:
        """The keys of all in these rows who exist (more may be in it), and of the others the reason why not.

        A person is created with ``created_at`` = the time of the first of these events that names them.
        """
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        missing = self._look_up({*rows.actor, *rows.target})
        if not missing:
            return self._known, {}
        erased = self._store.erased(missing)
        if not self._create:
            return self._known, {id_: "erased" if id_ in erased else "unknown_person" for id_ in missing}
        for _ in range(TRIES):
            if self._made(_first_seen(rows, set(missing), erased), now):
                break
            erased = self._store.erased(missing)
        return self._known, dict.fromkeys(erased, "erased")

    def forget(self, ids: Iterable[str]) -> None:
        """Ask the store about these again."""
        for id_ in ids:
            self._known.pop(id_, None)

    def _look_up(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids whom neither the directory nor the store knows."""
        unseen = [id_ for id_ in ids if id_ not in self._known]
        if unseen:
            self._known.update(self._store.keys_of(unseen))
        return [id_ for id_ in unseen if id_ not in self._known]

    def _made(self, first_seen: Mapping[str, int], now: Micros) -> bool:
        """Create people; False when one of them was erased meanwhile."""
        if self._dry_run:
            self._known.update(dict.fromkeys(first_seen, -1))
            self.created += len(first_seen)
            return True
        people = [(Person(id=id_, created_at=Micros(at)), True) for id_, at in first_seen.items()]
        try:
            versions = self._store.put_people(people, now)
        except Refused as error:
            if error.code != "erased":
                raise
            return False
        self.created += sum(version is not None for version in versions)
        self._look_up(first_seen)
        return True


def _first_seen(rows: EventRows, missing: set[str], erased: set[str]) -> dict[str, int]:
    """When each missing person is first named, by a row that can be stored: one that names nobody erased."""
    first: dict[str, int] = {}
    for actor, target, at in zip(rows.actor, rows.target, rows.at, strict=True):
        if actor in erased or target in erased:
            continue
        for id_ in (actor, target):
            if id_ in missing and at < first.get(id_, at + 1):
                first[id_] = at
    return first
