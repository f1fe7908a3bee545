"""What the candidate thinks of the viewer, exposure by time, impressions that can be followed, and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SAMPLED = sa.text("features IS NOT NULL")
_OLD_COLUMNS = (
    'seq, request_id, viewer, candidate, "position", "at", score, p_viewer_likes, propensity, sources, model, '
    "feature_version, log_position, features"
)


def upgrade() -> None:
    """Impressions get a column and two indexes; a new table holds the audit trail."""
    if op.get_context().dialect.name == "sqlite":
        _rebuild_impressions()
    else:
        op.add_column("impressions", sa.Column("p_candidate_likes", sa.Float(53)))
    op.create_index("impressions_at", "impressions", ["at", "candidate"])
    op.create_index("impressions_sampled", "impressions", ["seq"], sqlite_where=_SAMPLED, postgresql_where=_SAMPLED)
    _audit()


def _rebuild_impressions() -> None:
    """On SQLite the rows move to a new table: one that is there cannot be made to never give a number again."""
    op.drop_index("impressions_viewer", "impressions")
    op.rename_table("impressions", "impressions_before")
    op.create_table(
        "impressions",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
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
        sa.Column("p_candidate_likes", sa.Float(53)),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO impressions ({_OLD_COLUMNS}) SELECT {_OLD_COLUMNS} FROM impressions_before ORDER BY seq")
    op.drop_table("impressions_before")
    op.create_index("impressions_viewer", "impressions", ["viewer", "seq"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", _POSITION, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
