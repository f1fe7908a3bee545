"""A store from its URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import URL, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from twofold.domain.errors import InvalidInput, Unavailable
from twofold.domain.ports import Store
from twofold.storage.memory import MemoryStore
from twofold.storage.sql.database import LOCK_SECONDS
from twofold.storage.sql.store import SqlStore

_FIELD = "database URL"
_SQLITE_FORM = "a file: sqlite:///folder/twofold.db (relative) or sqlite:////folder/twofold.db (absolute)"


def open_sqlite(url: str) -> Store:
    """A SQLite file; its folder is created. ``?timeout=SECONDS`` says how long to wait for another writer."""
    parsed = _parse(url).set(drivername="sqlite+pysqlite")
    if parsed.database in (None, "", ":memory:"):
        raise InvalidInput(_FIELD, f"{_SQLITE_FORM}; for a store in memory use memory:")
    assert parsed.database is not None
    if not parsed.database.startswith("file:"):
        _make_folder(Path(parsed.database).parent)
    wait = {} if "timeout" in parsed.query else {"timeout": LOCK_SECONDS}
    engine = create_engine(
        parsed,
        hide_parameters=True,
        max_overflow=-1,  # a connection is a file handle; a limit would only make threads wait for each other
        connect_args={"check_same_thread": False, **wait},
    )
    return SqlStore(engine)


def open_postgres(url: str) -> Store:
    """A PostgreSQL database, through psycopg."""
    if find_spec("psycopg") is None:
        raise Unavailable("PostgreSQL needs a driver that is not installed: pip install 'twofold[postgres]'")
    parsed = _parse(url).set(drivername="postgresql+psycopg")
    return SqlStore(create_engine(parsed, hide_parameters=True, pool_pre_ping=True))


def open_memory(_url: str) -> Store:
    """The shipped fake: everything is gone with the process."""
    return MemoryStore()


STORES: Mapping[str, Callable[[str], Store]] = MappingProxyType(
    {"sqlite": open_sqlite, "postgresql": open_postgres, "postgres": open_postgres, "memory": open_memory}
)


def open_store(url: str) -> Store:
    """The store a URL names: ``sqlite:///path``, ``postgresql://user:password@host/name`` or ``memory:``.

    Nothing is read or created in the database yet; call `prepare` or `ping` next.

    Raises:
        InvalidInput: when the URL is not one of these.
        Unavailable: when the driver it needs is not installed, or its folder cannot be made.

    >>> open_store("memory:").count_people()
    0
    """
    scheme, colon, _ = url.partition(":")
    opener = STORES.get(scheme.lower()) if colon else None
    if opener is None:
        raise InvalidInput(_FIELD, f"one that begins with {', '.join(f'{known}:' for known in STORES)}")
    return opener(url)


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        form = "scheme://user:password@host:port/name with special characters percent-encoded"
        raise InvalidInput(_FIELD, form) from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable("the database's folder cannot be created; check its path and the rights on it") from error
