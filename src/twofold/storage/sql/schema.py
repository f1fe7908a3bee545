"""The tables of one database. Migrations create them; a test holds both equal.

Positions and keys are given out by the single row of ``log_head`` (ADR 0002), never by a sequence: sequences commit out
of order. Each index on ``events`` costs ingest, so PostgreSQL has three, and each says what it is for; SQLite has
look-up tables in their place, which are written to in order and later (ADR 0012, `storage.sql.lookups`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

REVISION: Final = "0003"  # the migration this release needs; a test holds it equal to the newest one

metadata = MetaData()

# A position is SQLite's own row number (only the type INTEGER is), and eight bytes on PostgreSQL.
Position = BigInteger().with_variant(Integer, "sqlite")

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("next_key", Integer, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("birth_date", Date),
    Column("gender", Text),
    Column("seeking", Text, nullable=False),
    Column("place", Text),
    Column("lat", Float(53)),
    Column("lon", Float(53)),
    Column("interests", Text, nullable=False),
    Column("bio", Text),
    Column("min_age", SmallInteger),
    Column("max_age", SmallInteger),
    Column("max_distance_km", Float(53)),
    Column("created_at", BigInteger),
    Column("last_active_at", BigInteger),
    Column("active", Boolean, nullable=False),
    Column("age_unknown", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index("people_id", "id", unique=True),
)

person_versions = Table(
    "person_versions",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("key", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("age_unknown", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("person_versions_key", "key"),  # removal deletes by person
)

# The kinds that a match is derived from: like, super_like and unmatch. Queries repeat the condition to the letter,
# which is how a partial index is recognised.
MATCH_KINDS: Final = "kind IN (1, 2, 8)"

events = Table(
    "events",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("actor", Integer, nullable=False),
    Column("target", Integer, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("client", LargeBinary(16)),
)

# The same act at the same moment is a repeat. Time leads, so that live events go to the index's end.
Index("events_once", events.c.at, events.c.actor, events.c.target, events.c.kind, unique=True).ddl_if("postgresql")
# Re-sending is harmless; senders without client ids pay nothing.
Index("events_client", events.c.client, unique=True, postgresql_where=text("client IS NOT NULL")).ddl_if("postgresql")
# "Has the target liked the actor?", for derived matches: likes alone, a fraction of all events.
Index("events_likes", events.c.actor, events.c.target, postgresql_where=text(MATCH_KINDS)).ddl_if("postgresql")

# SQLite alone: the same three questions about every event up to ``sealed``, and about some that came later.
sqlite_metadata = MetaData()

event_acts = Table(
    "event_acts",
    sqlite_metadata,
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("actor", Integer, primary_key=True, autoincrement=False),
    Column("target", Integer, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

event_clients = Table(
    "event_clients",
    sqlite_metadata,
    Column("client", LargeBinary(16), primary_key=True),
    sqlite_with_rowid=False,
)

event_likes = Table(
    "event_likes",
    sqlite_metadata,
    Column("actor", Integer, primary_key=True, autoincrement=False),
    Column("target", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# One row: how far the three are. All up to ``sealed`` is in them; what came then, up to ``closed``, is being copied,
# one table after the other in the order of its key: ``stage`` says which, ``reached`` (JSON) the last key copied.
event_lookups = Table(
    "event_lookups",
    sqlite_metadata,
    Column("sealed", BigInteger, nullable=False),
    Column("closed", BigInteger, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("reached", Text),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("key", Integer, nullable=False),
    Column("removed_at", BigInteger, nullable=False),
    Index("tombstones_position", "position", unique=True),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

user_features = Table(
    "user_features",
    metadata,
    Column("version", Text, primary_key=True),
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("values", LargeBinary, nullable=False),  # little-endian float32
    Column("computed_at", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

models = Table(
    "models",
    metadata,
    Column("version", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("artifact", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("log_position", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("feature_version", Text),
    Column("feature_hash", Text),
    Column("metrics", Text, nullable=False),
    Column("coefficients", Text, nullable=False),
)

aliases = Table(
    "aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("version", Text, nullable=False),
)

alias_history = Table(
    "alias_history",
    metadata,
    Column("seq", Position, primary_key=True, autoincrement=True),
    Column("alias", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("version", Text),
)

SAMPLED: Final = "features IS NOT NULL"

impressions = Table(
    "impressions",
    metadata,
    Column("seq", Position, primary_key=True, autoincrement=True),
    Column("request_id", Text, nullable=False),
    Column("viewer", Integer, nullable=False),
    Column("candidate", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("p_viewer_likes", Float(53)),
    Column("propensity", Float(53)),
    Column("sources", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("feature_version", Text),
    Column("log_position", BigInteger, nullable=False),
    Column("features", LargeBinary),  # little-endian float64
    Column("p_candidate_likes", Float(53)),
    Index("impressions_viewer", "viewer", "seq"),
    # Exposure of the last days, from the index alone. Time leads, so that new rows go to the index's end.
    Index("impressions_at", "at", "candidate"),
    # The few that carry feature values, without reading the many that do not.
    Index(
        "impressions_sampled",
        "seq",
        sqlite_where=text(SAMPLED),
        postgresql_where=text(SAMPLED),
    ),
    # Without it SQLite gives the number of a last row that was erased again, and followers would miss the new row.
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Position, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON
)
