"""The audit trail in a SQL database."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from twofold.domain.audit import AuditEntry
from twofold.domain.time import Micros
from twofold.storage.details import decode_details, encode_details
from twofold.storage.sql.database import Database
from twofold.storage.sql.schema import audit


class SqlAudit:
    """The port `AuditStore`."""

    _database: Database

    def add_audit(self, entry: AuditEntry) -> None:
        """Append one entry."""
        with self._database.write() as log:
            add_entry(log.connection, entry)

    def audit(self, limit: int = 100, action: str | None = None, subject: str | None = None) -> list[AuditEntry]:
        """The latest, newest first."""
        query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if action is not None:
            query = query.where(audit.c.action == action)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        with self._database.single() as connection:
            return [
                AuditEntry(
                    at=Micros(row.at),
                    actor=row.actor,
                    action=row.action,
                    subject=row.subject,
                    details=decode_details(row.details),
                )
                for row in connection.execute(query)
            ]


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Append one entry inside the caller's transaction."""
    row = {
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": encode_details(entry.details),
    }
    connection.execute(insert(audit), row)
