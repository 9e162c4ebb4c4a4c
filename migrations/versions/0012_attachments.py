"""Files that come with appeals, sealed; what waits for an appeal stands in the same table."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal_attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=True),
        sa.Column("pending_for", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("seal_sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(move_id IS NULL) <> (pending_for IS NULL)",
            name=op.f("ck_appeal_attachments_filed_or_pending"),
        ),
        sa.ForeignKeyConstraint(
            ["move_id"],
            ["appeal_moves.id"],
            name=op.f("fk_appeal_attachments_move_id_appeal_moves"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_attachments")),
    )
    with op.batch_alter_table("appeal_attachments") as batch_op:
        for name in ("move_id", "pending_for"):
            batch_op.create_index(batch_op.f(f"ix_appeal_attachments_{name}"), [name])


def downgrade() -> None:
    op.drop_table("appeal_attachments")
