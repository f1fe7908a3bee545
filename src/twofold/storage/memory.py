"""The shipped fake: the same behaviour as a database, in dicts and lists, for tests and trying out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twofold.domain.audit import AuditEntry
from twofold.domain.changes import Appended, Changes, EventBatch, EventColumns, PersonVersion, Removal
from twofold.domain.errors import NotFound, Refused
from twofold.domain.event import EventKind
from twofold.domain.features import FeatureRows
from twofold.domain.model import Alias, ModelRecord, ModelState
from twofold.domain.person import Person
from twofold.domain.time import Micros
from twofold.storage.body import encode_person
from twofold.storage.columns import check_keys, plain
from twofold.storage.matching import Match
from twofold.storage.memory_log import Act, MemoryLog, event_columns
from twofold.storage.memory_shown import MemoryAudit, MemoryImpressions
from twofold.storage.tombstone import log_identity, new_salt, tombstone_digest
from twofold.storage.versions import version_after


class _MemoryPeople:
    """The port `PeopleStore`."""

    _log: MemoryLog
    _lock: threading.RLock
    _salt: bytes

    def put_people(
        self, people: Sequence[tuple[Person, bool]], now: Micros, at: Micros | None = None
    ) -> list[PersonVersion | None]:
        """Insert or update; the earlier of two rows with one id changes nothing."""
        for person, _ in people:
            encode_person(person)  # refuses text that a database would refuse
        last = {person.id: index for index, (person, _) in enumerate(people)}
        with self._lock:
            if self.erased(list(last)):
                raise Refused("erased", "a person with this id was erased and stays so; nothing was stored")
            return [
                self._put(person, age_unknown, now, now if at is None else at) if last[person.id] == index else None
                for index, (person, age_unknown) in enumerate(people)
            ]

    def _put(self, person: Person, age_unknown: bool, now: Micros, at: Micros) -> PersonVersion | None:
        log, current = self._log, self._log.current.get(person.id)
        if current is not None and current.person == person and current.age_unknown == age_unknown:
            return None
        if current is None:
            key, log.next_key = log.next_key, log.next_key + 1
        else:
            key = current.key
        version = PersonVersion(log.advance(), key, at, now, person, age_unknown)
        log.versions.append(version)
        log.current[person.id] = version
        return version

    def get_person(self, person_id: str) -> PersonVersion | None:
        """The current version."""
        return self._log.current.get(person_id)

    def keys_of(self, ids: Sequence[str]) -> dict[str, int]:
        """The keys of those ids that exist."""
        current = self._log.current
        return {person_id: current[person_id].key for person_id in ids if person_id in current}

    def erased(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that have a tombstone."""
        tombstones = self._log.tombstones
        return {person_id for person_id in ids if tombstone_digest(self._salt, person_id) in tombstones}

    def count_people(self) -> int:
        """How many people there are."""
        return len(self._log.current)


class _MemoryEvents:
    """The port `EventStore`."""

    _log: MemoryLog
    _lock: threading.RLock
    _salt: bytes

    def append_events(self, batch: EventBatch, now: Micros) -> Appended:
        """Append what is new and the matches it makes."""
        given = plain(batch)
        with self._lock:
            log, before = self._log, self._log.position
            check_keys(given, log.next_key, log.gone)
            matches: list[Match] = []
            for *columns, client in given.rows():
                act: Act = (columns[0], columns[1], columns[2], columns[3])
                match = log.see(act) if log.add_event(act, client) else None
                if match is not None:
                    matches.append(match)
            accepted = log.position - before
            for match in matches:
                log.add_event((match.actor, match.target, int(EventKind.MATCH), match.at), None)
            return Appended(accepted, len(given) - accepted, log.position)

    def head(self) -> int:
        """The log's last position."""
        return self._log.position

    def identity(self) -> str:
        """Drawn by chance when it was made."""
        return log_identity(self._salt)

    def changes_after(self, position: int) -> Changes:
        """Everything accepted after a position."""
        with self._lock:
            log = self._log
            return Changes(
                position=max(position, log.position),
                people=tuple(version for version in log.versions if version.position > position),
                events=event_columns([event for event in log.events if event[0] > position]),
                removals=tuple(removal for removal in log.removals if removal.position > position),
            )

    def people_versions(self) -> Iterator[PersonVersion]:
        """All versions of all people who exist."""
        return iter(list(self._log.versions))

    def events(self) -> Iterator[EventColumns]:
        """All events, in one chunk."""
        with self._lock:
            columns = event_columns(self._log.events)
        return iter([columns] if len(columns) else [])

    def last_event_at(self) -> Micros | None:
        """The time of the latest event by its own time; None when there is none."""
        with self._lock:
            return max((Micros(at) for _, (_, _, _, at), _ in self._log.events), default=None)

    def count_events(self) -> int:
        """How many events there are."""
        return len(self._log.events)


class _MemoryModels(MemoryAudit):
    """The ports `ModelStore` and `AuditStore`."""

    _models: dict[str, ModelRecord]
    _moves: list[tuple[Alias, Micros, str | None]]

    def next_version(self) -> str:
        """A version name nobody has used."""
        return version_after(self._models)

    def add_model(self, record: ModelRecord) -> None:
        """Register a version."""
        with self._lock:
            if record.version in self._models:
                raise Refused("version_taken", "a model of this version is registered already; ask for the next one")
            copied = replace(record, metrics=dict(record.metrics), coefficients=dict(record.coefficients))
            self._models[record.version] = copied

    def get_model(self, version: str) -> ModelRecord | None:
        """One version."""
        return self._models.get(version)

    def list_models(self) -> list[ModelRecord]:
        """All versions, newest first."""
        return sorted(self._models.values(), key=lambda record: (record.created_at, record.version), reverse=True)

    def aliases(self) -> Mapping[Alias, str]:
        """What each alias points at."""
        latest = {alias: version for alias, _, version in self._moves}
        return {alias: version for alias, version in latest.items() if version is not None}

    def set_alias(self, alias: Alias, version: str | None, now: Micros, entry: AuditEntry | None = None) -> None:
        """Point an alias at a version; pointing it where it points already leaves no trace but the entry."""
        with self._lock:
            if version is not None:
                self._existing(version)
            if entry is not None:
                self.add_audit(entry)
            if self.aliases().get(alias) == version:
                return
            self._moves.append((alias, now, version))
            if alias is Alias.CHAMPION:
                self._follow_champion(version)

    def _follow_champion(self, version: str | None) -> None:
        for name, record in self._models.items():
            if name == version:
                self._models[name] = replace(record, state=ModelState.CHAMPION)
            elif record.state is ModelState.CHAMPION:
                self._models[name] = replace(record, state=ModelState.RETIRED)

    def alias_history(self, alias: Alias) -> list[tuple[Micros, str | None]]:
        """When the alias pointed at what, newest first."""
        return [(at, version) for moved, at, version in reversed(self._moves) if moved == alias]

    def _existing(self, version: str) -> ModelRecord:
        if version not in self._models:
            raise NotFound("there is no model of this version; list the models to see which there are")
        return self._models[version]


class MemoryStore(_MemoryPeople, _MemoryEvents, _MemoryModels, MemoryImpressions):
    """All ports in memory; safe to use from several threads.

    >>> store = MemoryStore()
    >>> [version] = store.put_people([(Person(id="ada"), True)], now=Micros(0))
    >>> version.key, store.head()
    (0, 1)
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._log = MemoryLog()
        self._salt = new_salt()
        self._models = {}
        self._moves = []
        self._features: dict[str, dict[int, tuple[NDArray[np.float32], int, int]]] = {}
        self._shown = []
        self._last_shown = 0
        self._entries = []

    def remove_person(self, person_id: str, now: Micros) -> bool:
        """Delete all of a person and leave a salted tombstone."""
        with self._lock:
            log, version = self._log, self._log.current.pop(person_id, None)
            if version is None:
                return False
            key = version.key
            removed = [event for event in log.events if key in event[1][:2]]
            log.events = [event for event in log.events if key not in event[1][:2]]
            log.acts.difference_update(act for _, act, _ in removed)
            log.clients.difference_update(client for _, _, client in removed if client is not None)
            log.pairs = {pair: state for pair, state in log.pairs.items() if key not in pair}
            log.versions = [version for version in log.versions if version.key != key]
            # Rows of those who acted on the person too: they were computed from events that go now.
            computed = {key, *(act[0] for _, act, _ in removed if act[1] == key)}
            for rows in self._features.values():
                for stale in computed:
                    rows.pop(stale, None)
            self._forget_shown(key)
            log.tombstones.add(tombstone_digest(self._salt, person_id))
            log.gone.add(key)
            log.removals.append(Removal(log.advance(), key))
            return True

    def put_features(self, version: str, rows: FeatureRows) -> None:
        """Insert or replace the rows of these people; rows of people who are gone are left out."""
        columns = zip(rows.keys.tolist(), rows.values, rows.computed_at.tolist(), rows.position.tolist(), strict=True)
        with self._lock:
            kept = self._features.setdefault(version, {})
            for key, value, moment, position in columns:
                if key not in self._log.gone:
                    kept[key] = (np.array(value, np.float32), moment, position)

    def get_features(self, version: str) -> FeatureRows:
        """All rows of a version, by key."""
        with self._lock:
            kept = sorted(self._features.get(version, {}).items(), key=lambda row: row[0])
        if not kept:
            return FeatureRows.none()
        keys, rows = zip(*kept, strict=True)
        values, moments, positions = zip(*rows, strict=True)
        return FeatureRows(
            np.array(keys, np.int64), np.stack(values), np.array(moments, np.int64), np.array(positions, np.int64)
        )

    def prepare(self) -> None:
        """There is no schema to prepare."""

    def ping(self) -> None:
        """Always there."""

    def warm(self) -> None:
        """Everything is in memory."""

    def close(self) -> None:
        """There is nothing to give back."""
