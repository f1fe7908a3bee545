"""A database that an older release filled is migrated with what is in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from twofold.domain.changes import Appended
from twofold.domain.errors import Unavailable
from twofold.domain.event import EventKind
from twofold.domain.time import Micros
from twofold.storage.sql.database import Database
from twofold.storage.sql.migrations import upgrade
from twofold.storage.url import open_store
from twofold.testing.contracts.acts import NOW, Act, batch_of, matches_in
from twofold.testing.contracts.storage_impressions import impression_of
from twofold.testing.schema import database_of_revision_0001

FEATURES = np.array([0.1, -0.0], "<f8").tobytes()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "twofold.db"
    engine = create_engine(f"sqlite:///{path}")
    database_of_revision_0001(engine, {3: 30, 7: 70, 8: 30}, FEATURES)
    engine.dispose()
    return path


def test_an_old_database_says_that_it_has_to_be_migrated(old: Path) -> None:
    store = open_store(f"sqlite:///{old}")
    with pytest.raises(Unavailable, match="another release"):
        store.ping()
    store.close()


def test_impressions_keep_everything_they_had(old: Path) -> None:
    store = open_store(f"sqlite:///{old}")
    store.prepare()
    store.ping()
    last, shown = store.impressions_after(0, 10)
    assert (last, [row.candidate for row in shown], [row.at for row in shown]) == (8, [30, 70, 30], [3, 7, 8])
    first = shown[0]
    assert (first.p_viewer_likes, first.p_candidate_likes, first.propensity) == (0.25, None, None)
    assert (first.sources, first.features, first.log_position) == (("popular",), (0.1, -0.0), 2**53 + 1)
    seq, keys, counts = store.shown_since(Micros(7))
    assert (seq, keys.tolist(), counts.tolist()) == (8, [30, 70], [1, 1])
    store.add_impressions([impression_of(0, 1)])
    assert store.impressions_after(8, 10) == (9, [impression_of(0, 1)])
    assert store.audit() == []
    store.close()


def test_repeats_and_matches_of_older_events_are_known(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/twofold.db")
    with Database(engine).begin() as connection:
        upgrade(connection, "0002")
        for position, (actor, target, kind, client) in enumerate([(0, 1, 1, b"c" * 16), (1, 2, 5, None)], 4):
            connection.execute(
                text("INSERT INTO events VALUES (:position, :actor, :target, :kind, 7, 7, :client)"),
                {"position": position, "actor": actor, "target": target, "kind": kind, "client": client},
            )
        connection.execute(text("UPDATE log_head SET position = 5, next_key = 3"))
    engine.dispose()
    store = open_store(f"sqlite:///{tmp_path}/twofold.db")
    store.prepare()
    acts = [Act(0, 1, EventKind.LIKE, 7), Act(1, 2, EventKind.VIEW, 7), Act(0, 2, EventKind.VIEW, 9, b"c" * 16)]
    assert store.append_events(batch_of(*acts), NOW) == Appended(0, 3, 5)
    assert store.append_events(batch_of(Act(1, 0, EventKind.LIKE, 8)), NOW) == Appended(1, 0, 7)
    assert matches_in(store) == [(1, 0, 8)]
    store.close()


def test_exposure_and_samples_are_read_through_their_indexes(old: Path) -> None:
    store = open_store(f"sqlite:///{old}")
    store.prepare()
    store.close()
    connection = sqlite3.connect(old)
    plans = [
        connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        for query in (
            "SELECT candidate, count(*) FROM impressions WHERE at >= 7 GROUP BY candidate",
            "SELECT * FROM impressions WHERE features IS NOT NULL ORDER BY seq DESC LIMIT 5",
        )
    ]
    connection.close()
    assert "COVERING INDEX impressions_at" in str(plans[0])
    assert "INDEX impressions_sampled" in str(plans[1])
