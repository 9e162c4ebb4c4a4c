"""life cycle of entries: review by two, schedule, expiry, roll back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ENTRY = (
    sa.Column("review_version", sa.Integer(), nullable=True),
    sa.Column("expires_on", sa.Date(), nullable=True),
    sa.Column("moved_by", sa.String(length=60), nullable=True),
    sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("moved_verb", sa.String(length=40), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
)
_VERSION = (
    sa.Column("rolls_back", sa.Integer(), nullable=True),
    sa.Column("submitted_by", sa.String(length=60), nullable=True),
    sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("note", sa.Text(), nullable=True),
    sa.Column("returned_by", sa.String(length=60), nullable=True),
    sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("return_reason", sa.Text(), nullable=True),
    sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("scheduled_by", sa.String(length=60), nullable=True),
    sa.Column("missed", sa.Text(), nullable=True),
    sa.Column("wording", sa.String(length=64), nullable=True),
)


def upgrade() -> None:
    with op.batch_alter_table("library_entries", schema=None) as batch_op:
        for column in _ENTRY:
            batch_op.add_column(column.copy())
        batch_op.create_index(
            batch_op.f("ix_library_entries_review_version"), ["review_version"], unique=False
        )
    with op.batch_alter_table("library_versions", schema=None) as batch_op:
        for column in _VERSION:
            batch_op.add_column(column.copy())
    op.create_table(
        "library_renderings",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_library_renderings")),
    )
    op.create_table(
        "library_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rendering", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["library_versions.id"],
            name=op.f("fk_library_approvals_version_id_library_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["rendering"],
            ["library_renderings.digest"],
            name=op.f("fk_library_approvals_rendering_library_renderings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_approvals")),
        sa.UniqueConstraint(
            "version_id", "officer", name=op.f("uq_library_approvals_version_id_officer")
        ),
    )
    with op.batch_alter_table("library_approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_library_approvals_officer"), ["officer"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("library_approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_library_approvals_officer"))
    op.drop_table("library_approvals")
    op.drop_table("library_renderings")
    with op.batch_alter_table("library_versions", schema=None) as batch_op:
        for column in reversed(_VERSION):
            batch_op.drop_column(column.name)
    with op.batch_alter_table("library_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_library_entries_review_version"))
        for column in reversed(_ENTRY):
            batch_op.drop_column(column.name)
