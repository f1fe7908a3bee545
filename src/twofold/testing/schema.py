"""Databases as older releases left them, to migrate."""

from __future__ import annotations

from sqlalchemy import Engine, text

from twofold.storage.sql.database import Database
from twofold.storage.sql.migrations import upgrade

# An impression before revision 0002, in the columns of revision 0001.
_IMPRESSION = text(
    'INSERT INTO impressions (seq, request_id, viewer, candidate, "position", "at", score, p_viewer_likes, propensity, '
    "sources, model, feature_version, log_position, features) VALUES (:seq, 'r', 1, :candidate, 1, :at, 0.5, 0.25, "
    "NULL, '[\"popular\"]', 'm0001', 'v1', 9007199254740993, :features)"
)


def database_of_revision_0001(engine: Engine, candidates: dict[int, int], features: bytes | None = None) -> None:
    """Make the first release's tables with one impression of each candidate (by its number), shown at its number."""
    with Database(engine).begin() as connection:
        upgrade(connection, "0001")
        rows = [{"seq": seq, "candidate": key, "at": seq, "features": features} for seq, key in candidates.items()]
        connection.execute(_IMPRESSION, rows)
