"""Questions that the library may learn from, in groups, and terms that editors keep."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STANDS = sa.text("state in ('proposed', 'in_force')")


def upgrade() -> None:
    op.create_table(
        "library_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=40), nullable=False),
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_terms")),
    )
    with op.batch_alter_table("library_terms") as batch_op:
        batch_op.create_index(batch_op.f("ix_library_terms_state"), ["state"])
        batch_op.create_index(
            "uq_library_terms_text_stands",
            ["text"],
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        )
    op.create_table(
        "question_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=True),
        sa.Column("entry_id", sa.String(length=80), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=True),
        sa.Column("term", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_revision", sa.Integer(), nullable=False),
        sa.Column("settled_by", sa.String(length=60), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_groups")),
    )
    with op.batch_alter_table("question_groups") as batch_op:
        batch_op.create_index(batch_op.f("ix_question_groups_kind"), ["kind"])
        batch_op.create_index(batch_op.f("ix_question_groups_state"), ["state"])
        batch_op.create_index(batch_op.f("ix_question_groups_topic"), ["topic"])
    op.create_table(
        "grouped_questions",
        sa.Column("turn_id", sa.String(length=32), nullable=False),
        sa.Column("signal", sa.String(length=20), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.String(length=80), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["question_groups.id"],
            name=op.f("fk_grouped_questions_group_id_question_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"],
            ["turns.id"],
            name=op.f("fk_grouped_questions_turn_id_turns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("turn_id", "signal", name=op.f("pk_grouped_questions")),
    )
    with op.batch_alter_table("grouped_questions") as batch_op:
        batch_op.create_index(batch_op.f("ix_grouped_questions_group_id"), ["group_id"])


def downgrade() -> None:
    op.drop_table("grouped_questions")
    op.drop_table("question_groups")
    op.drop_table("library_terms")
