"""The model registry's tables in a SQL database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from twofold.domain.audit import AuditEntry
from twofold.domain.errors import NotFound, Refused
from twofold.domain.model import Alias, ModelRecord, ModelState, ModelType
from twofold.domain.time import Micros
from twofold.storage.sql.audit import add_entry
from twofold.storage.sql.database import Database
from twofold.storage.sql.schema import alias_history, aliases, models
from twofold.storage.versions import version_after

_NEWEST_FIRST = select(models).order_by(models.c.created_at.desc(), models.c.version.desc())


class SqlModels:
    """The port `ModelStore`."""

    _database: Database

    def next_version(self) -> str:
        """A version name nobody has used."""
        with self._database.single() as connection:
            return version_after(connection.execute(select(models.c.version)).scalars())

    def add_model(self, record: ModelRecord) -> None:
        """Register a version; `Refused` (``version_taken``) when the name is used."""
        with self._database.write() as log:
            if _exists(log.connection, record.version):
                raise Refused("version_taken", "a model of this version is registered already; ask for the next one")
            log.connection.execute(insert(models), _row(record))

    def get_model(self, version: str) -> ModelRecord | None:
        """One version."""
        with self._database.single() as connection:
            row = connection.execute(select(models).where(models.c.version == version)).one_or_none()
        return None if row is None else _record(row)

    def list_models(self) -> list[ModelRecord]:
        """All versions, newest first."""
        with self._database.single() as connection:
            return [_record(row) for row in connection.execute(_NEWEST_FIRST)]

    def aliases(self) -> Mapping[Alias, str]:
        """What each alias points at."""
        with self._database.single() as connection:
            rows = connection.execute(select(aliases.c.alias, aliases.c.version)).all()
        return {Alias(alias): version for alias, version in rows}

    def set_alias(self, alias: Alias, version: str | None, now: Micros, entry: AuditEntry | None = None) -> None:
        """Point an alias at a version; pointing it where it points already leaves no trace but the entry.

        Raises:
            NotFound: when there is no such version.
        """
        with self._database.write() as log:
            if version is not None:
                _check_exists(log.connection, version)
            if entry is not None:
                add_entry(log.connection, entry)
            mine = aliases.c.alias == alias.value
            if log.connection.execute(select(aliases.c.version).where(mine)).scalar_one_or_none() == version:
                return
            log.connection.execute(delete(aliases).where(mine))
            if version is not None:
                log.connection.execute(insert(aliases), {"alias": alias.value, "version": version})
            move = {"alias": alias.value, "at": now, "version": version}
            log.connection.execute(insert(alias_history), move)
            if alias is Alias.CHAMPION:
                _follow_champion(log.connection, version)

    def alias_history(self, alias: Alias) -> list[tuple[Micros, str | None]]:
        """When the alias pointed at what, newest first."""
        moves = select(alias_history.c.at, alias_history.c.version).where(alias_history.c.alias == alias.value)
        with self._database.single() as connection:
            rows = connection.execute(moves.order_by(alias_history.c.seq.desc())).all()
        return [(Micros(at), version) for at, version in rows]


def _exists(connection: Connection, version: str) -> bool:
    query = select(models.c.version).where(models.c.version == version)
    return connection.execute(query).scalar_one_or_none() is not None


def _check_exists(connection: Connection, version: str) -> None:
    if not _exists(connection, version):
        raise NotFound("there is no model of this version; list the models to see which there are")


def _follow_champion(connection: Connection, version: str | None) -> None:
    reigning = models.c.state == ModelState.CHAMPION.value
    connection.execute(update(models).where(reigning).values(state=ModelState.RETIRED.value))
    if version is not None:
        crowned = update(models).where(models.c.version == version)
        connection.execute(crowned.values(state=ModelState.CHAMPION.value))


def _row(record: ModelRecord) -> dict[str, object]:
    return {
        "version": record.version,
        "type": record.type.value,
        "artifact": record.artifact,
        "digest": record.digest,
        "created_at": record.created_at,
        "log_position": record.log_position,
        "as_of": record.as_of,
        "state": record.state.value,
        "feature_version": record.feature_version,
        "feature_hash": record.feature_hash,
        "metrics": json.dumps(dict(record.metrics)),
        "coefficients": json.dumps(dict(record.coefficients)),
    }


def _record(row: Row[Any]) -> ModelRecord:
    return ModelRecord(
        version=row.version,
        type=ModelType(row.type),
        artifact=row.artifact,
        digest=row.digest,
        created_at=row.created_at,
        log_position=row.log_position,
        as_of=row.as_of,
        state=ModelState(row.state),
        feature_version=row.feature_version,
        feature_hash=row.feature_hash,
        metrics=json.loads(row.metrics),
        coefficients=json.loads(row.coefficients),
    )
