"""The checkpoint of person features in a SQL database."""

from __future__ import annotations

import numpy as np
from sqlalchemy import bindparam, select, text

from twofold.domain.features import FeatureRows
from twofold.storage.sql.database import Database
from twofold.storage.sql.schema import user_features

_PUT = text(
    'INSERT INTO user_features (version, key, "values", computed_at, position) '
    "VALUES (:version, :key, :row, :computed_at, :position) ON CONFLICT (version, key) DO UPDATE "
    'SET "values" = excluded."values", computed_at = excluded.computed_at, position = excluded.position'
)
_GET = (
    select(user_features.c.key, user_features.c["values"], user_features.c.computed_at, user_features.c.position)
    .where(user_features.c.version == bindparam("of_version"))
    .order_by(user_features.c.key)
)
_STORED = np.dtype("<f4")


class SqlFeatures:
    """The port `FeatureStore`; rows of people who are gone are left out."""

    _database: Database

    def put_features(self, version: str, rows: FeatureRows) -> None:
        """Insert or replace the rows of these people."""
        blobs = [row.tobytes() for row in np.ascontiguousarray(rows.values, _STORED)]
        columns = zip(rows.keys.tolist(), blobs, rows.computed_at.tolist(), rows.position.tolist(), strict=True)
        with self._database.write() as log:
            gone = self._database.tombstones.keys
            parameters = [
                {"version": version, "key": key, "row": blob, "computed_at": moment, "position": position}
                for key, blob, moment, position in columns
                if key not in gone
            ]
            if parameters:
                log.connection.execute(_PUT, parameters)

    def get_features(self, version: str) -> FeatureRows:
        """All rows of a version, by key."""
        with self._database.single() as connection:
            rows = connection.execute(_GET, {"of_version": version}).all()
        if not rows:
            return FeatureRows.none()
        values = np.frombuffer(b"".join(bytes(row[1]) for row in rows), _STORED).astype(np.float32)
        return FeatureRows(
            np.array([row[0] for row in rows], np.int64),
            values.reshape(len(rows), -1),
            np.array([row[2] for row in rows], np.int64),
            np.array([row[3] for row in rows], np.int64),
        )
