"""Releases of the library and of the model, each with what the gate said."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _library()
    op.create_table(
        "model_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_by", sa.String(length=60), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(length=60), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_releases")),
        sa.UniqueConstraint("number", name=op.f("uq_model_releases_number")),
    )
    with op.batch_alter_table("model_releases") as batch_op:
        batch_op.create_index(batch_op.f("ix_model_releases_state"), ["state"])
        batch_op.create_index(batch_op.f("ix_model_releases_digest"), ["digest"])


def _library() -> None:
    op.create_table(
        "library_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("rolls_back", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.JSON(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_override", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rolls_back"],
            ["library_releases.id"],
            name=op.f("fk_library_releases_rolls_back_library_releases"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_releases")),
        sa.UniqueConstraint("number", name=op.f("uq_library_releases_number")),
        sa.UniqueConstraint("slot", name=op.f("uq_library_releases_slot")),
    )
    with op.batch_alter_table("library_releases") as batch_op:
        batch_op.create_index(batch_op.f("ix_library_releases_state"), ["state"])
    op.create_table(
        "library_release_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["library_releases.id"],
            name=op.f("fk_library_release_entries_release_id_library_releases"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["library_entries.id"],
            name=op.f("fk_library_release_entries_entry_id_library_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_release_entries")),
        sa.UniqueConstraint(
            "release_id", "entry_id", name=op.f("uq_library_release_entries_release_id_entry_id")
        ),
    )
    with op.batch_alter_table("library_release_entries") as batch_op:
        batch_op.create_index(batch_op.f("ix_library_release_entries_release_id"), ["release_id"])
        batch_op.create_index(batch_op.f("ix_library_release_entries_entry_id"), ["entry_id"])


def downgrade() -> None:
    op.drop_table("library_release_entries")
    op.drop_table("library_releases")
    op.drop_table("model_releases")
