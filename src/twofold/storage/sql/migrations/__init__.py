"""Migrations of the schema, shipped in the package and run by the program itself: users need no configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, insert, inspect, select, text

from twofold.domain.errors import Unavailable
from twofold.storage.sql.schema import log_head, meta, metadata
from twofold.storage.sql.tombstones import SALT
from twofold.storage.tombstone import new_salt

# Any constant does, as long as it is this product's own: processes that prepare at once queue on it.
_LOCK = 7_203_951_846


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema to what this release needs (or to an older revision), inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config, scripts = _scripts()

    def steps(revision: Any, _context: object) -> Any:
        return scripts._upgrade_revs(to, revision)  # the way Alembic's manual runs migrations from code

    with EnvironmentContext(config, scripts, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        try:
            environment.run_migrations()
        except CommandError:
            raise Unavailable("the database's schema is of a newer release; use that release") from None
    _first_rows(connection)


def newest_revision() -> str | None:
    """The revision of the newest migration there is."""
    return _scripts()[1].get_current_head()


def schema_revision(connection: Connection) -> str | None:
    """The revision the database is at; None when it was never prepared."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _scripts() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _first_rows(connection: Connection) -> None:
    """The log's single row and the tombstones' salt, made once."""
    if connection.execute(select(log_head.c.id)).first() is None:
        connection.execute(insert(log_head), {"id": 1, "position": 0, "next_key": 0})
    if connection.execute(select(meta.c.name).where(meta.c.name == SALT)).first() is None:
        connection.execute(insert(meta), {"name": SALT, "value": new_salt()})
