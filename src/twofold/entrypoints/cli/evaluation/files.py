"""Anybody's files, or a public data set, as a store of their own that is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from twofold.domain.errors import InvalidInput
from twofold.domain.person import Admission
from twofold.domain.ports import Store
from twofold.domain.time import system_clock
from twofold.entrypoints.cli.evaluation.untimed import is_timed, with_two_moments
from twofold.entrypoints.cli.progress import Report
from twofold.services.imports.importing import ImportEvents, ImportPeople
from twofold.services.imports.summary import ImportSummary
from twofold.settings import Settings, load_settings
from twofold.storage.url import open_store


@dataclass(frozen=True, slots=True)
class Opened:
    """A store with what was read into it.

    Args:
        timed: the events have times.
        notes: what was left out, in sentences.
    """

    settings: Settings
    store: Store
    timed: bool
    notes: tuple[str, ...]


@contextmanager
def opened_files(people: Path | None, events: Path, report: Report, seed: int = 0) -> Iterator[Opened]:
    """The files imported into a store in a temporary folder.

    People whom only events name are made, without a profile; people without a birth date are admitted: nobody is shown
    to anybody here. Events without times get one of two moments, by viewer (`untimed`).

    Raises:
        NotFound, InvalidInput: a file cannot be read, or nothing in it can.
    """
    with TemporaryDirectory(prefix="twofold-evaluate-") as folder:
        place = Path(folder)
        settings = load_settings(
            data_dir=place, database_url=f"sqlite:///{place / 'twofold.db'}", admit_age_unknown=True
        )
        timed = is_timed(events)
        file = events if timed else with_two_moments(events, place / "events.csv", seed)
        with closing(open_store(settings.url)) as store:
            store.prepare()
            notes = [*_people(people, store, settings, report), *_events(file, store, settings, report)]
            if people is None:
                notes.append("no file of people was given: nobody has a profile")
            yield Opened(settings, store, timed, tuple(notes))


def _people(file: Path | None, store: Store, settings: Settings, report: Report) -> list[str]:
    if file is None:
        return []
    use = ImportPeople(store, system_clock, settings.admission)
    summary = use.run(
        file,
        rejects=settings.data_dir / "people.rejects.csv",
        progress=lambda _, done, all_: report("read", done / (all_ or 1)),
    )
    return _told("people", summary)


def _events(file: Path, store: Store, settings: Settings, report: Report) -> list[str]:
    use = ImportEvents(store, system_clock, Admission(settings.minimum_age, age_unknown=True))
    summary = use.run(
        file,
        create_people=True,
        rejects=settings.data_dir / "events.rejects.csv",
        progress=lambda _, done, all_: report("read", done / (all_ or 1)),
    )
    if not summary.accepted:
        why = ", ".join(summary.reasons) or "it is empty"
        raise InvalidInput("--events", f"at least one event that can be read; the file has none ({why})")
    made = summary.created_people
    return [*_told("events", summary), *([f"{made:,} people are known from events alone"] if made else [])]


def _told(what: str, summary: ImportSummary) -> list[str]:
    told = []
    if summary.rejected:
        reasons = ", ".join(f"{why} {rows:,}" for why, rows in summary.reasons.items())
        told.append(f"{summary.rejected:,} rows of {what} were left out: {reasons}")
    if summary.repeated:
        told.append(f"{summary.repeated:,} repeated rows of {what} count once")
    if summary.incomplete is not None:
        told.append(f"the file of {what} is incomplete: {summary.incomplete}")
    return told
