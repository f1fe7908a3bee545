"""The two use cases: people from a file, events from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from twofold.domain.changes import EventBatch
from twofold.domain.errors import NotFound, Refused
from twofold.domain.person import Admission, Person
from twofold.domain.time import MICROS_PER_SECOND, Clock, Micros
from twofold.services.imports.chunk import Chunk
from twofold.services.imports.directory import TRIES, Directory
from twofold.services.imports.events_file import EventReader, EventRows
from twofold.services.imports.mapping import ColumnMap, kind_numbers
from twofold.services.imports.people_file import PeopleRows, read_people
from twofold.services.imports.reading import CHUNK_ROWS, open_rows
from twofold.services.imports.rejects import Reject, RejectsFile
from twofold.services.imports.sink import EventSink, PeopleSink
from twofold.services.imports.summary import ImportSummary, Progress, Tally


class ImportPeople:
    """Inserts and updates people from a file; the same file again changes nothing.

    Args:
        store: where they go.
        clock: the present: server time, and what "under age" and "in the future" are measured against.
        admission: who may be admitted.
        chunk_rows: rows read and stored at once.
    """

    def __init__(self, store: PeopleSink, clock: Clock, admission: Admission, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._store, self._clock, self._admission, self._chunk_rows = store, clock, admission, chunk_rows

    def run(
        self,
        path: Path,
        *,
        columns: Mapping[str, str] | None = None,
        rejects: Path | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ImportSummary:
        """Import one file.

        Args:
            path: CSV, JSON Lines (both also .gz) or Parquet.
            columns: our column -> the file's name for it, where they differ.
            rejects: where rows that were left out are listed; None is ``<path>.rejects.csv``.
            dry_run: judge every row and store nothing.
            progress: called after each chunk.

        Raises:
            NotFound: when there is no such file.
            InvalidInput: when the file cannot be read as a whole; a bad row never raises.
            Unavailable: when the store or the rejects file cannot be written. What was stored stays; import again.
        """

        def take(chunk: Chunk, tally: Tally) -> list[Reject]:
            found = read_people(chunk, self._admission, self._clock())
            self._put(found, tally, dry_run=dry_run)
            tally.repeated += found.repeated
            return found.rejects

        run = _Run(self._clock, self._chunk_rows, rejects, progress, dry_run)
        return run.over(path, ColumnMap.of_people(columns), take)

    def _put(self, found: PeopleRows, tally: Tally, *, dry_run: bool) -> None:
        for tries in range(1, TRIES + 1):
            self._reject_erased(found)
            if dry_run:
                tally.accepted += len(found.people)
                return
            try:
                self._store_people([person for _, person in found.people.values()], tally)
            except Refused as error:  # erased between the look-up and the write
                if error.code != "erased" or tries == TRIES:
                    raise
            else:
                return

    def _reject_erased(self, found: PeopleRows) -> None:
        for id_ in self._store.erased(list(found.people)):
            line, _ = found.people.pop(id_)
            found.rejects.append(_unusable(line, "erased", "id"))

    def _store_people(self, people: list[Person], tally: Tally) -> None:
        if not people:
            return
        known = self._store.keys_of([person.id for person in people])
        pairs = [(person, person.birth_date is None) for person in people]
        versions = self._store.put_people(pairs, self._clock())
        for person, version in zip(people, versions, strict=True):
            if version is None:
                tally.unchanged += 1
            elif person.id in known:
                tally.updated += 1
            else:
                tally.accepted += 1


class ImportEvents:
    """Appends events from a file; the same file again changes nothing.

    Args:
        store: where they go.
        clock: the present: server time, and what "in the future" is measured against.
        admission: whether people of unknown age may be created.
        chunk_rows: rows read and stored at once.
    """

    def __init__(self, store: EventSink, clock: Clock, admission: Admission, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._store, self._clock, self._admission, self._chunk_rows = store, clock, admission, chunk_rows

    def run(
        self,
        path: Path,
        *,
        columns: Mapping[str, str] | None = None,
        kinds: Mapping[str, str] | None = None,
        rejects: Path | None = None,
        dry_run: bool = False,
        create_people: bool = False,
        progress: Progress | None = None,
    ) -> ImportSummary:
        """Import one file; arguments and errors as `ImportPeople.run`, and:

        Args:
            kinds: the file's name of a kind -> ours.
            create_people: make the people whom events name and nobody knows, their age unknown.

        Raises:
            Refused: ``age_unknown``, when people are to be created but people of unknown age are not admitted.
        """
        if create_people and not self._admission.age_unknown:
            raise Refused(
                "age_unknown",
                "people made from events have no birth date; admit people of unknown age as well "
                "(TWOFOLD_ADMIT_AGE_UNKNOWN, --admit-age-unknown)",
            )
        reader = EventReader(kind_numbers(kinds), self._clock())
        directory = Directory(self._store, create=create_people, dry_run=dry_run)

        def take(chunk: Chunk, tally: Tally) -> list[Reject]:
            rows, bad = reader.read(chunk)
            bad.extend(self._append(rows, directory, tally, dry_run=dry_run))
            tally.created_people = directory.created
            return bad

        run = _Run(self._clock, self._chunk_rows, rejects, progress, dry_run)
        return run.over(path, ColumnMap.of_events(columns), take)

    def _append(self, rows: EventRows, directory: Directory, tally: Tally, *, dry_run: bool) -> list[Reject]:
        for tries in range(1, TRIES + 1):
            now = self._clock()
            batch, rejects = _resolve(rows, directory, now)
            if dry_run:
                tally.accepted += len(batch)
                return rejects
            if not len(batch):
                return rejects
            try:
                appended = self._store.append_events(batch, now)
            except NotFound:  # somebody was erased between the look-up and the write
                if tries == TRIES:
                    raise
                directory.forget({*rows.actor, *rows.target})
            else:
                tally.accepted += appended.accepted
                tally.repeated += appended.repeated
                return rejects
        raise AssertionError("unreachable: the last try returns or raises")


class _Run:
    """One pass over one file, the same for both kinds."""

    def __init__(
        self, clock: Clock, chunk_rows: int, rejects: Path | None, progress: Progress | None, dry_run: bool
    ) -> None:
        self._clock, self._chunk_rows, self._rejects = clock, chunk_rows, rejects
        self._progress, self._dry_run = progress, dry_run

    def over(self, path: Path, columns: ColumnMap, take: Callable[[Chunk, Tally], list[Reject]]) -> ImportSummary:
        """Hand each chunk to ``take`` and list what it rejects."""
        started, tally = self._clock(), Tally()
        file = open_rows(path, columns)
        try:
            rejects = RejectsFile.beside(path) if self._rejects is None else RejectsFile(self._rejects, path)
            with rejects:
                for chunk in file.chunks(self._chunk_rows):
                    rejects.add(bad := take(chunk, tally))
                    tally.rows += chunk.rows
                    tally.rejected += len(bad)
                    if self._progress is not None:
                        self._progress(tally.rows, file.bytes_done, file.bytes_total)
            return ImportSummary(
                **asdict(tally),
                reasons=dict(rejects.reasons.most_common()),
                rejects_path=rejects.written,
                seconds=(self._clock() - started) / MICROS_PER_SECOND,
                ignored_columns=file.ignored,
                incomplete=file.incomplete,
                dry_run=self._dry_run,
            )
        finally:
            file.close()


def _resolve(rows: EventRows, directory: Directory, now: Micros) -> tuple[EventBatch, list[Reject]]:
    """The rows whose people exist as a batch, the others as rejects."""
    keys, reasons = directory.keys(rows, now)
    rejects: list[Reject] = []
    if reasons:
        good = [
            actor not in reasons and target not in reasons
            for actor, target in zip(rows.actor, rows.target, strict=True)
        ]
        lost = rows.keep([not fine for fine in good])
        rejects = [_unknown(*row, reasons) for row in zip(lost.lines, lost.actor, lost.target, strict=True)]
        rows = rows.keep(good)
    batch = EventBatch(
        [keys[id_] for id_ in rows.actor],
        [keys[id_] for id_ in rows.target],
        list(rows.kind),
        list(rows.at),
        list(rows.client),
    )
    return batch, rejects


def _unknown(line: int, actor: str, target: str, reasons: Mapping[str, str]) -> Reject:
    """The reject of a row with somebody who does not exist; "erased" tells more than "unknown"."""
    found = [(column, reasons[id_]) for column, id_ in (("actor", actor), ("target", target)) if id_ in reasons]
    column, reason = min(found, key=lambda one: one[1] != "erased")
    return _unusable(line, reason, column)


def _unusable(line: int, reason: str, column: str) -> Reject:
    if reason == "erased":
        return Reject(line, reason, column, "somebody who was not erased; erased people are not brought back")
    return Reject(line, reason, column, "somebody who was imported before; or use --create-people")
