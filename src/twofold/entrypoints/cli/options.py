"""Options that several commands share, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from twofold.bootstrap import Twofold, assemble
from twofold.domain.errors import InvalidInput
from twofold.domain.ports import EventStore, Store
from twofold.domain.time import EARLIEST, LATEST, Micros
from twofold.services.chance import daily_chance
from twofold.services.imports.cells import moment
from twofold.settings import Settings, load_settings
from twofold.storage.url import open_store

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        envvar="TWOFOLD_DATA_DIR",
        help="Folder of the database and the models. Default: a folder of yours.",
        show_default=False,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        envvar="TWOFOLD_DATABASE_URL",
        help="sqlite:///file or postgresql://... Default: SQLite in the data folder.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for machines.")]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="MOMENT",
        help="The moment to look from: now, last (just after the last event), ISO 8601 (no zone: UTC) or Unix seconds.",
    ),
]


def settings_of(data_dir: Path | None, database_url: str | None, **more: object) -> Settings:
    """The settings of the environment with this command's options on top."""
    return load_settings(data_dir=data_dir, database_url=database_url, **more)


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The settings' database, its schema up to date; closed at the end."""
    with closing(open_store(settings.url)) as store:
        store.prepare()
        yield store


@contextmanager
def opened_product(settings: Settings, as_of: str = "now", seed: int | None = None) -> Iterator[Twofold]:
    """The product as an operator looks at it, everyone in memory: what is shown here does not count as shown."""
    with opened_store(settings) as store:
        at = resolve(as_of, store)
        twofold = assemble(settings, as_of=at, record=False, chance=daily_chance(seed or 0), store=store)
        with closing(twofold):
            with twofold.live.lock:
                twofold.live.current()  # so that the times of a list are a list's, without loading everyone
            yield twofold


def resolve(as_of: str, store: EventStore) -> Micros | None:
    """The moment that ``--as-of`` means; None is the present.

    Raises:
        InvalidInput: when it is none, or ``last`` is asked of a store without events.

    >>> from twofold.storage.memory import MemoryStore
    >>> resolve("2026-01-02", MemoryStore())
    1767312000000000
    """
    if as_of == "now":
        return None
    if as_of == "last":
        last = store.last_event_at()
        if last is None:
            raise InvalidInput("--as-of", "events to be stored when it is `last`; import some, or leave it out")
        return Micros(last + 1)  # a moment sees what is strictly before it
    value = moment(as_of)
    if value is None or not EARLIEST <= value <= LATEST:
        raise InvalidInput("--as-of", "now, last, a time as ISO 8601 (no zone is UTC) or Unix seconds")
    return Micros(value)
