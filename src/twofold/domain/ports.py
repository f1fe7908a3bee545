"""What the product needs of storage, stated where it is needed; `storage` implements it.

One store is one database (or the shipped fake): it accepts changes, gives them positions, and reads them back.
Every method may raise `Unavailable` when the store cannot be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twofold.domain.audit import AuditEntry
from twofold.domain.candidate import Keys
from twofold.domain.changes import Appended, Changes, EventBatch, EventColumns, PersonVersion
from twofold.domain.features import FeatureRows
from twofold.domain.impression import Impression
from twofold.domain.model import Alias, ModelRecord
from twofold.domain.person import Person
from twofold.domain.time import Micros


class PeopleStore(Protocol):
    """People: their current version, their older versions, and the tombstones of those who are gone."""

    def put_people(
        self, people: Sequence[tuple[Person, bool]], now: Micros, at: Micros | None = None
    ) -> list[PersonVersion | None]:
        """Insert or update; one result per input, in order: the stored version, or None when nothing changed.

        Args:
            people: (person, age_unknown admitted) pairs; an id repeated in one call counts last.
            now: the server time.
            at: the own time of these versions; None is the server time.

        Raises:
            Refused: code ``erased``, when an id has a tombstone (nothing of the call is stored then).
        """

    def get_person(self, person_id: str) -> PersonVersion | None:
        """The current version."""

    def keys_of(self, ids: Sequence[str]) -> dict[str, int]:
        """The keys of those ids that exist; others are absent."""

    def erased(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that have a tombstone."""

    def remove_person(self, person_id: str, now: Micros) -> bool:
        """Delete all rows of a person (versions, events in either role, impressions, features) and leave a salted
        tombstone and a removal in the log. False when there is no such person."""

    def count_people(self) -> int:
        """How many people there are."""


class EventStore(Protocol):
    """The append-only log."""

    def append_events(self, batch: EventBatch, now: Micros) -> Appended:
        """Append what is new, in one commit or several; acknowledged is on disk.

        An event is a repeat when its client digest is known, or when the same actor did the same to the same target
        at the same moment. Both directions liked makes a derived `match` in the same commit (actor = who liked last).

        Raises:
            NotFound: when a key belongs to nobody (any more); nothing of the batch is stored then, unless that person
                was removed while it was being stored.
        """

    def head(self) -> int:
        """The log's last position; 0 when it is empty."""

    def identity(self) -> str:
        """What tells this log from all others; the same for as long as it is there."""

    def changes_after(self, position: int) -> Changes:
        """Everything accepted after a position, current as of one moment."""

    def people_versions(self) -> Iterator[PersonVersion]:
        """All versions of all people who exist, in log order."""

    def events(self) -> Iterator[EventColumns]:
        """All events in log order, in chunks."""

    def last_event_at(self) -> Micros | None:
        """The time of the latest event by its own time; None when there is none."""

    def count_events(self) -> int:
        """How many events there are."""


class FeatureStore(Protocol):
    """The checkpoint of person features (table user_features)."""

    def put_features(self, version: str, rows: FeatureRows) -> None:
        """Insert or replace the rows of these people; those of people who are gone are left out."""

    def get_features(self, version: str) -> FeatureRows:
        """All rows of a version, by key; there may be none."""


class ModelStore(Protocol):
    """The registry's tables: models and aliases."""

    def next_version(self) -> str:
        """A version name nobody has used."""

    def add_model(self, record: ModelRecord) -> None:
        """Register a version."""

    def get_model(self, version: str) -> ModelRecord | None:
        """One version."""

    def list_models(self) -> list[ModelRecord]:
        """All versions, newest first."""

    def aliases(self) -> Mapping[Alias, str]:
        """What each alias points at."""

    def set_alias(self, alias: Alias, version: str | None, now: Micros, entry: AuditEntry | None = None) -> None:
        """Point an alias at a version (None: at nothing) and keep what it pointed at in the alias' history.

        In the same commit the states follow the champion's alias (the version it points at is ``champion``, the one it
        pointed at ``retired``), and ``entry`` is added to the audit trail, also when the alias pointed there already.
        """

    def alias_history(self, alias: Alias) -> list[tuple[Micros, str | None]]:
        """When the alias pointed at what, newest first."""


class ImpressionSink(Protocol):
    """Where what was shown is written to."""

    def add_impressions(self, rows: Sequence[Impression]) -> None:
        """Append in one commit."""


class ImpressionStore(ImpressionSink, Protocol):
    """What was shown. Each impression has a number (seq): numbers grow in commit order and are never given again."""

    def impressions_after(self, seq: int, limit: int) -> tuple[int, list[Impression]]:
        """Up to ``limit`` impressions with a number above ``seq``, oldest first, and the last number read.

        With nothing to read the number is ``seq`` itself, so a follower always asks next with what it got. 0 reads
        from the beginning. Impressions of people who are erased meanwhile are no longer there.
        """

    def shown_since(self, moment: Micros) -> tuple[int, Keys, NDArray[np.int64]]:
        """How often each candidate was shown at or after a moment.

        Returns:
            The number of the last impression counted (0: there is none), the candidates' keys (n,) int64 in ascending
            order, and their counts (n,) int64, all above 0. `impressions_after` that number goes on without a gap and
            without counting twice.
        """

    def shown_after(self, seq: int, limit: int, mark: str) -> tuple[int, Keys, NDArray[np.int64]]:
        """Who was shown when, by number, leaving out lists whose request id begins with ``mark``: those of the caller.

        Returns:
            The number to ask with next (`impressions_after`), and of up to ``limit`` impressions, oldest first, the
            candidates' keys and the moments, (n,) int64 both. Fewer than ``limit`` are all there are.
        """

    def sampled_impressions(self, limit: int) -> list[Impression]:
        """The latest that carry the feature values the ranker saw, newest first."""

    def impressions(self, viewer: int | None = None, limit: int = 1_000) -> list[Impression]:
        """The latest, newest first."""

    def count_impressions(self) -> int:
        """How many there are."""


class AuditStore(Protocol):
    """The audit trail; entries are only ever added."""

    def add_audit(self, entry: AuditEntry) -> None:
        """Append one entry.

        Raises:
            InvalidInput: the details are not JSON with finite numbers.
        """

    def audit(self, limit: int = 100, action: str | None = None, subject: str | None = None) -> list[AuditEntry]:
        """The latest, newest first; of one action or about one subject alone when asked so."""


class Store(PeopleStore, EventStore, FeatureStore, ModelStore, ImpressionStore, AuditStore, Protocol):
    """One database."""

    def prepare(self) -> None:
        """Create or migrate the schema to what this release needs."""

    def ping(self) -> None:
        """Raise `Unavailable` when the database does not answer or its schema is not this release's."""

    def warm(self) -> None:
        """Do once what the first write would have to do and somebody would wait for; others may write meanwhile."""

    def close(self) -> None:
        """Give back connections."""
