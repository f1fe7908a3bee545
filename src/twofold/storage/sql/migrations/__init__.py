"""Migrations of the schema, shipped in the package and run by the program itself: users need no configuration file."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import Connection, insert, inspect, select, text

from twofold.storage.sql.schema import REVISION, log_head, meta
from twofold.storage.sql.tombstones import SALT
from twofold.storage.tombstone import new_salt

# Any constant does, as long as it is this product's own: processes that prepare at once queue on it.
_LOCK = 7_203_951_846


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema to what this release needs (or to an older revision), inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if to != "head" or schema_revision(connection) != REVISION:
        import_module(f"{__name__}.steps").run(connection, to)
    _first_rows(connection)


def schema_revision(connection: Connection) -> str | None:
    """The revision the database is at; None when it was never prepared."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _first_rows(connection: Connection) -> None:
    """The log's single row and the tombstones' salt, made once."""
    if connection.execute(select(log_head.c.id)).first() is None:
        connection.execute(insert(log_head), {"id": 1, "position": 0, "next_key": 0})
    if connection.execute(select(meta.c.name).where(meta.c.name == SALT)).first() is None:
        connection.execute(insert(meta), {"name": SALT, "value": new_salt()})
