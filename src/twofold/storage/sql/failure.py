"""Driver errors become the product's errors here, at the edge, and carry no data with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from twofold.domain.errors import InvalidInput, TwofoldError, Unavailable

_SQLITE = {
    sqlite3.SQLITE_BUSY: "the database is locked by another process; try again, or end the process that holds it",
    sqlite3.SQLITE_LOCKED: "the database is locked by another connection; try again",
    sqlite3.SQLITE_READONLY: "the database is read-only; give the service the right to write to it",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk failed or is full; look at the machine's log",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened; check its folder and the rights on it",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database; check the database URL",
}
_POSTGRES = {
    "25006": "the database is read-only; point the service at the primary",
    "53": "the database server is out of disk, memory or connections",
    "57": "the database server is shutting down or cancelled the query; try again",
    "40": "the database gave way to another transaction; try again",
    "55": "the database is locked by another transaction; try again",
    "28": "the database refused the user or password; check the database URL",
    "3D": "the database does not exist; create it or check the database URL",
    "42501": "the database user may not do this; grant it the rights on its tables",
    "42P01": "the database has no tables of this product; prepare it first",
}
_UNREACHABLE = "the database cannot be reached or dropped the connection; check the database URL and try again"
_VALUE = "values the database can hold: text without NUL or lone surrogates, integers within their columns"


@contextmanager
def translated() -> Iterator[None]:
    """Raise `Unavailable` or `InvalidInput` in place of what the driver raised.

    >>> with translated():
    ...     raise sqlite3.OperationalError("no such table: log_head")
    Traceback (most recent call last):
    twofold.domain.errors.Unavailable: the database has no tables of this product; prepare it first
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise Unavailable("all database connections are in use; try again, or allow more") from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise _meaning(error) from None
    except (OverflowError, UnicodeEncodeError):
        raise InvalidInput("value", _VALUE) from None


def _meaning(error: Exception) -> TwofoldError:
    driver = error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error
    if isinstance(error, exc.DataError | sqlite3.DataError) or isinstance(driver, OverflowError):
        return InvalidInput("value", _VALUE)
    if isinstance(driver, sqlite3.Error):
        return Unavailable(_sqlite_message(driver))
    return Unavailable(_postgres_message(getattr(driver, "sqlstate", None) or _refusal(str(driver))))


def _sqlite_message(error: sqlite3.Error) -> str:
    if "no such table" in str(error) or "no such column" in str(error):
        return _POSTGRES["42P01"]
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF  # extended codes keep the primary one in the low byte
    return _SQLITE.get(primary or 0, f"the database failed ({getattr(error, 'sqlite_errorname', 'no code')})")


def _refusal(said: str) -> str | None:
    """The SQLSTATE of a refused connection: the driver gives the server's words alone."""
    if "authentication failed" in said or "pg_hba.conf" in said:
        return "28"
    return "3D" if 'database "' in said and "does not exist" in said else None


def _postgres_message(state: str | None) -> str:
    if state is None:
        return _UNREACHABLE
    for prefix, message in _POSTGRES.items():
        if state.startswith(prefix):
            return message
    return _UNREACHABLE if state.startswith("08") else f"the database failed (SQLSTATE {state})"
