"""One request files one appeal, however often it is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("appeals") as batch:
        batch.add_column(sa.Column("request_key", sa.String(length=64), nullable=True))
        batch.create_unique_constraint(op.f("uq_appeals_request_key"), ["request_key"])


def downgrade() -> None:
    with op.batch_alter_table("appeals") as batch:
        batch.drop_constraint(op.f("uq_appeals_request_key"), type_="unique")
        batch.drop_column("request_key")
