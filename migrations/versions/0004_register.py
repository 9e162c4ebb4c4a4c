"""Documents ended at the desk, and warnings of what ends."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_document_endings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.Column("replaced_by", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.String(length=60), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_before", sa.JSON(), nullable=False),
        sa.Column("undone_by", sa.String(length=60), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.Column("overtaken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_documents.id"],
            name=op.f("fk_library_document_endings_document_id_library_documents"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_document_endings")),
    )
    with op.batch_alter_table("library_document_endings") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_document_endings_document_id"), ["document_id"]
        )
    op.create_table(
        "library_expiry_warnings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_expiry_warnings")),
        sa.UniqueConstraint(
            "subject",
            "ends_on",
            "stage",
            name=op.f("uq_library_expiry_warnings_subject_ends_on_stage"),
        ),
    )
    with op.batch_alter_table("library_expiry_warnings") as batch_op:
        for column in ("ends_on", "filed_at"):
            batch_op.create_index(batch_op.f(f"ix_library_expiry_warnings_{column}"), [column])


def downgrade() -> None:
    op.drop_table("library_expiry_warnings")
    op.drop_table("library_document_endings")
