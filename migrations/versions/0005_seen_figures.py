"""Legal figures as the last start found them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_seen_figures",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_seen_figures")),
    )


def downgrade() -> None:
    op.drop_table("library_seen_figures")
