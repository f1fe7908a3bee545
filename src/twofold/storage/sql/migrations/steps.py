"""The steps from one revision of the schema to another: run by Alembic, which nobody imports while there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from twofold.domain.errors import Unavailable
from twofold.storage.sql.schema import metadata


def run(connection: Connection, to: str) -> None:
    """Take the steps that lie before a revision, inside the caller's transaction."""
    config, scripts = _scripts()

    def steps(revision: Any, _context: object) -> Any:
        return scripts._upgrade_revs(to, revision)  # the way Alembic's manual runs migrations from code

    with EnvironmentContext(config, scripts, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        try:
            environment.run_migrations()
        except CommandError:
            raise Unavailable("the database's schema is of a newer release; use that release") from None


def newest_revision() -> str | None:
    """The revision of the newest migration there is."""
    return _scripts()[1].get_current_head()


def _scripts() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)
