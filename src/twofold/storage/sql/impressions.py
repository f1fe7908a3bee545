"""What was shown, in a SQL database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, Row, bindparam, func, insert, select, text

from twofold.domain.candidate import Keys
from twofold.domain.impression import Impression
from twofold.domain.time import Micros
from twofold.storage.sql.database import Database
from twofold.storage.sql.inserts import insert_rows
from twofold.storage.sql.schema import SAMPLED, impressions

_INSERT = insert(impressions)
_COLUMNS = (
    "request_id",
    "viewer",
    "candidate",
    "position",
    "at",
    "score",
    "p_viewer_likes",
    "propensity",
    "sources",
    "model",
    "feature_version",
    "log_position",
    "features",
    "p_candidate_likes",
)
_INTO = f"impressions ({', '.join(_COLUMNS)})"
_STORED = np.dtype("<f8")
_LAST = select(func.max(impressions.c.seq))
_SHOWN_SINCE = (
    select(impressions.c.candidate, func.count())
    .where(impressions.c.at >= bindparam("moment"))
    .group_by(impressions.c.candidate)
    .order_by(impressions.c.candidate)
)
_SHOWN_AFTER = (
    select(impressions.c.seq, impressions.c.candidate, impressions.c.at)
    .where(impressions.c.seq > bindparam("seq"))
    .where(func.substr(impressions.c.request_id, 1, bindparam("length", type_=Integer)) != bindparam("mark"))
    .order_by(impressions.c.seq)
    .limit(bindparam("most"))
)
# The condition is the partial index' own, to the letter.
_SAMPLED = select(impressions).where(text(SAMPLED)).order_by(impressions.c.seq.desc()).limit(bindparam("most"))


class SqlImpressions:
    """The port `ImpressionStore`; rows that name somebody who is gone are left out."""

    _database: Database

    def add_impressions(self, rows: Sequence[Impression]) -> None:
        """Append in one commit."""
        if not rows:
            return
        with self._database.write(urgent=False) as log:
            gone = self._database.tombstones.keys
            kept = [_row(shown) for shown in rows if shown.viewer not in gone and shown.candidate not in gone]
            if kept and self._database.sqlite:
                insert_rows(log.cursor, _INTO, len(_COLUMNS), kept)
            elif kept:
                log.connection.execute(_INSERT, [dict(zip(_COLUMNS, row, strict=True)) for row in kept])

    def impressions(self, viewer: int | None = None, limit: int = 1_000) -> list[Impression]:
        """The latest, newest first."""
        query = select(impressions).order_by(impressions.c.seq.desc()).limit(limit)
        if viewer is not None:
            query = query.where(impressions.c.viewer == viewer)
        with self._database.single() as connection:
            return [_impression(row) for row in connection.execute(query)]

    def count_impressions(self) -> int:
        """How many there are."""
        with self._database.single() as connection:
            return connection.execute(select(func.count()).select_from(impressions)).scalar_one()

    def impressions_after(self, seq: int, limit: int) -> tuple[int, list[Impression]]:
        """Up to ``limit`` with a number above ``seq``, oldest first, and the last number read.

        Whoever writes holds the log's row, so numbers commit in order: none below the last one read comes later.
        """
        query = select(impressions).where(impressions.c.seq > seq).order_by(impressions.c.seq).limit(limit)
        with self._database.single() as connection:
            rows = connection.execute(query).all()
        return (rows[-1].seq if rows else seq), [_impression(row) for row in rows]

    def shown_after(self, seq: int, limit: int, mark: str) -> tuple[int, Keys, NDArray[np.int64]]:
        """Who was shown when after a number, less the lists of the caller: the database leaves them out."""
        asked = {"seq": seq, "length": len(mark), "mark": mark, "most": limit}
        with self._database.read() as connection:
            last = max(seq, connection.execute(_LAST).scalar_one() or 0)
            rows = connection.execute(_SHOWN_AFTER, asked).all() if last > seq else []
        table = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)
        after = int(table[-1, 0]) if len(table) == limit else last
        return after, np.ascontiguousarray(table[:, 1]), np.ascontiguousarray(table[:, 2])

    def shown_since(self, moment: Micros) -> tuple[int, Keys, NDArray[np.int64]]:
        """How often each candidate was shown at or after a moment."""
        with self._database.read() as connection:
            last = connection.execute(_LAST).scalar_one() or 0
            rows = connection.execute(_SHOWN_SINCE, {"moment": moment}).all()
        table = np.array([(candidate, shown) for candidate, shown in rows], np.int64).reshape(-1, 2)
        return last, np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])

    def sampled_impressions(self, limit: int) -> list[Impression]:
        """The latest that carry feature values, newest first."""
        with self._database.single() as connection:
            return [_impression(row) for row in connection.execute(_SAMPLED, {"most": limit})]


def _row(shown: Impression) -> tuple[object, ...]:
    """In the order of `_COLUMNS`."""
    features = None if shown.features is None else np.array(shown.features, _STORED).tobytes()
    return (
        shown.request_id,
        shown.viewer,
        shown.candidate,
        shown.position,
        shown.at,
        shown.score,
        shown.p_viewer_likes,
        shown.propensity,
        _sources(shown.sources),
        shown.model,
        shown.feature_version,
        shown.log_position,
        features,
        shown.p_candidate_likes,
    )


@lru_cache(1_024)
def _sources(names: tuple[str, ...]) -> str:
    """As JSON; a handful of combinations come again and again."""
    return json.dumps(names)


def _impression(row: Row[Any]) -> Impression:
    features = None if row.features is None else tuple(np.frombuffer(row.features, _STORED).tolist())
    return Impression(
        request_id=row.request_id,
        viewer=row.viewer,
        candidate=row.candidate,
        position=row.position,
        at=row.at,
        score=row.score,
        p_viewer_likes=row.p_viewer_likes,
        propensity=row.propensity,
        sources=tuple(json.loads(row.sources)),
        model=row.model,
        feature_version=row.feature_version,
        log_position=row.log_position,
        features=features,
        p_candidate_likes=row.p_candidate_likes,
    )
