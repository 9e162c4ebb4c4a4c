"""Vectors of wordings by a model from outside, for those who use one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_vectors",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_library_vectors")),
    )
    with op.batch_alter_table("library_vectors") as batch_op:
        batch_op.create_index(batch_op.f("ix_library_vectors_model"), ["model"])


def downgrade() -> None:
    op.drop_table("library_vectors")
