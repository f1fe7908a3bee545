"""Whose data a tuning or a benchmark works on: stored ones, files, bitcoin-otc, or a synthetic town."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from twofold.domain.errors import InvalidInput, Refused
from twofold.domain.ports import Store
from twofold.domain.time import Micros
from twofold.entrypoints.cli.evaluation.files import opened_files
from twofold.entrypoints.cli.options import opened_store, resolve
from twofold.entrypoints.cli.progress import Report
from twofold.evaluation.data import Data
from twofold.evaluation.datasets.catalog import prepare
from twofold.evaluation.split import Split, split_by_likes, split_by_time
from twofold.settings import Settings, load_settings
from twofold.simulation.demo import settle_events, settle_people
from twofold.simulation.town import build_town
from twofold.storage.url import open_store

PUBLIC = "bitcoin-otc"
TOWN_NOW = Micros(1_750_000_000_000_000)  # any moment, always the same: equal seeds give equal towns
EVENTS_EACH = 25  # per person of a town, the demo's


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the options say.

    Args:
        settings: of one's own stored data.
        dataset, data: a public set and its folder.
        people, events: anybody's files.
        town: so many synthetic people.
        as_of: the moment to look from at stored data.

    >>> Choice(settings=Settings(), town=300).stored
    False
    """

    settings: Settings
    dataset: str | None = None
    data: Path | None = None
    people: Path | None = None
    events: Path | None = None
    town: int | None = None
    as_of: str = "now"

    @property
    def stored(self) -> bool:
        """Whether nothing else is named."""
        return self.dataset is None and self.events is None and self.town is None

    def check(self) -> None:
        """Refuse what does not go together.

        Raises:
            InvalidInput: names the option.
        """
        if (self.dataset is None) != (self.data is None):
            raise InvalidInput("DATASET", "a data set's name together with --data DIR, its folder")
        if self.dataset not in (None, PUBLIC):
            raise InvalidInput("DATASET", f"{PUBLIC}: other sets have no times to freeze lists by")
        if self.people is not None and self.events is None:
            raise InvalidInput("--people", "--events with it: without events there is nothing to measure")
        if sum(each is not None for each in (self.dataset, self.events, self.town)) > 1:
            raise InvalidInput("DATASET", "one of a data set, --events, --town, or none of them for your stored data")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The data, in a store, with the cut of an evaluation. ``notes``: what was left out, in sentences."""

    settings: Settings
    store: Store
    data: Data
    split: Split
    notes: tuple[str, ...] = ()


@contextmanager
def chosen_data(choice: Choice, seed: int, report: Report) -> Iterator[Chosen]:
    """The data of a choice; what is not stored is read aside and gone afterwards.

    Raises:
        NotFound, InvalidInput: a file cannot be read.
        Refused: there is too little, or it has no times.
    """
    choice.check()
    if choice.dataset is not None and choice.data is not None:
        with TemporaryDirectory(prefix="twofold-evaluate-") as folder:
            written = prepare(PUBLIC, choice.data, Path(folder))
            yield from _files(PUBLIC, written.people_path, written.events_path, seed, report)
    elif choice.events is not None:
        yield from _files(choice.events.name, choice.people, choice.events, seed, report)
    elif choice.town is not None:
        yield from _town(choice.town, seed, report)
    else:
        with opened_store(choice.settings) as store:
            report("read", 0.0)
            data = Data.read("stored data", store, resolve(choice.as_of, store))
            yield Chosen(choice.settings, store, data, split_by_time(data.events))


def _files(name: str, people: Path | None, events: Path, seed: int, report: Report) -> Iterator[Chosen]:
    with opened_files(people, events, report, seed) as opened:
        if not opened.timed:
            raise Refused(
                "untimed", "the events have no times that tell earlier from later, so no lists can be measured"
            )
        data = Data.read(name, opened.store)
        split = (split_by_likes if name == PUBLIC else split_by_time)(data.events)
        yield Chosen(opened.settings, opened.store, data, split, opened.notes)


def _town(people: int, seed: int, report: Report) -> Iterator[Chosen]:
    report("town", 0.0)
    town = build_town(people, people * EVENTS_EACH, seed, TOWN_NOW)
    with TemporaryDirectory(prefix="twofold-evaluate-") as folder:
        settings = load_settings(data_dir=Path(folder), database_url=f"sqlite:///{Path(folder) / 'twofold.db'}")
        with closing(open_store(settings.url)) as store:
            store.prepare()
            keys = settle_people(town, store, TOWN_NOW, lambda done: report("town: people", done))
            settle_events(town, store, keys, TOWN_NOW, lambda done: report("town: events", done))
            data = Data.read(f"town of {people:,} people, seed {seed}", store)
            yield Chosen(settings, store, data, split_by_time(data.events))
