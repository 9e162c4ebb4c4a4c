"""What was read out of official notices, for editors to accept or discard."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEPT = sa.text("state != 'discarded'")


def upgrade() -> None:
    op.create_table(
        "library_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("document_id", sa.String(length=80), nullable=True),
        sa.Column("is_registered", sa.Boolean(), nullable=True),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_proposals")),
    )
    with op.batch_alter_table("library_proposals") as batch_op:
        batch_op.create_index(batch_op.f("ix_library_proposals_state"), ["state"])
        batch_op.create_index(
            "uq_library_proposals_digest_kept",
            ["digest"],
            unique=True,
            sqlite_where=_KEPT,
            postgresql_where=_KEPT,
        )


def downgrade() -> None:
    op.drop_table("library_proposals")
