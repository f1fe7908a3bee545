"""One SQL database as one `Store`."""

from __future__ import annotations

from sqlalchemy import Engine

from twofold.domain.errors import Unavailable
from twofold.storage.sql.audit import SqlAudit
from twofold.storage.sql.database import Database
from twofold.storage.sql.events import SqlEvents
from twofold.storage.sql.features import SqlFeatures
from twofold.storage.sql.impressions import SqlImpressions
from twofold.storage.sql.migrations import schema_revision, upgrade
from twofold.storage.sql.models import SqlModels
from twofold.storage.sql.people import SqlPeople
from twofold.storage.sql.schema import REVISION


class SqlStore(SqlPeople, SqlEvents, SqlFeatures, SqlModels, SqlImpressions, SqlAudit):
    """All ports on one database; may be used from several threads, and by several processes at once.

    >>> from twofold.storage.url import open_store
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = open_store(f"sqlite:///{folder}/twofold.db")
    ...     store.prepare()
    ...     print(store.count_people(), store.head())
    ...     store.close()
    0 0
    """

    def __init__(self, engine: Engine) -> None:
        self._database = Database(engine)

    def prepare(self) -> None:
        """Create or migrate the schema; safe when several processes do it at once."""
        with self._database.begin() as connection:
            upgrade(connection)

    def ping(self) -> None:
        """Raise `Unavailable` when the database does not answer or its schema is not this release's."""
        with self._database.single() as connection:
            revision = schema_revision(connection)
        if revision is None:
            raise Unavailable("the database has not been prepared; run the migrations (prepare) first")
        if revision != REVISION:
            raise Unavailable(
                f"the database's schema is of another release: expected revision {REVISION}; "
                "run the migrations (prepare), or use the release that made it"
            )

    def warm(self) -> None:
        """Read what the first write would have to read."""
        self._database.warm()

    def close(self) -> None:
        """Give back connections."""
        self._database.close()
