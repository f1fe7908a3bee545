"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LIKES = sa.text("kind IN (1, 2, 8)")
_CLIENT = sa.text("client IS NOT NULL")


def upgrade() -> None:
    """Create everything."""
    _log()
    _people()
    _events()
    _removal()
    _registry()
    _impressions()


def _log() -> None:
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("next_key", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date()),
        sa.Column("gender", sa.Text()),
        sa.Column("seeking", sa.Text(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("lat", sa.Float(53)),
        sa.Column("lon", sa.Float(53)),
        sa.Column("interests", sa.Text(), nullable=False),
        sa.Column("bio", sa.Text()),
        sa.Column("min_age", sa.SmallInteger()),
        sa.Column("max_age", sa.SmallInteger()),
        sa.Column("max_distance_km", sa.Float(53)),
        sa.Column("created_at", sa.BigInteger()),
        sa.Column("last_active_at", sa.BigInteger()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("age_unknown", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("people_id", "people", ["id"], unique=True)
    op.create_table(
        "person_versions",
        sa.Column("position", _POSITION, autoincrement=False, nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("age_unknown", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("person_versions_key", "person_versions", ["key"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("position", _POSITION, autoincrement=False, nullable=False),
        sa.Column("actor", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("position"),
    )
    op.create_index("events_once", "events", ["at", "actor", "target", "kind"], unique=True)
    op.create_index("events_client", "events", ["client"], unique=True, sqlite_where=_CLIENT, postgresql_where=_CLIENT)
    op.create_index("events_likes", "events", ["actor", "target"], sqlite_where=_LIKES, postgresql_where=_LIKES)


def _removal() -> None:
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("tombstones_position", "tombstones", ["position"], unique=True)
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _registry() -> None:
    op.create_table(
        "user_features",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "models",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("artifact", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("log_position", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("feature_version", sa.Text()),
        sa.Column("feature_hash", sa.Text()),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("coefficients", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "aliases",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alias"),
    )
    op.create_table(
        "alias_history",
        sa.Column("seq", _POSITION, autoincrement=True, nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text()),
        sa.PrimaryKeyConstraint("seq"),
    )


def _impressions() -> None:
    op.create_table(
        "impressions",
        sa.Column("seq", _POSITION, autoincrement=True, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("viewer", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("p_viewer_likes", sa.Float(53)),
        sa.Column("propensity", sa.Float(53)),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("feature_version", sa.Text()),
        sa.Column("log_position", sa.BigInteger(), nullable=False),
        sa.Column("features", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("impressions_viewer", "impressions", ["viewer", "seq"])
