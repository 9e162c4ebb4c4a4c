"""What is asked most, and bursts: topics, asks, hours, bursts, days, and how far was looked."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("ended_at IS NULL")
_TABLES = ("heat_topics", "heat_asks", "heat_hours", "heat_bursts", "heat_days", "heat_state")


def upgrade() -> None:
    op.create_table(
        "heat_topics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=True),
        sa.Column("titled_by", sa.String(length=60), nullable=True),
        sa.Column("titled_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("level_from", sa.Date(), nullable=True),
        sa.Column("usual", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heat_topics")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_heat_topics_entry_id")),
    )
    _index("heat_topics", "last_at")
    _create_asks()
    op.create_table(
        "heat_hours",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("hour", _MOMENT, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _of_a_topic("heat_hours"),
        sa.PrimaryKeyConstraint("topic_id", "hour", name=op.f("pk_heat_hours")),
    )
    _index("heat_hours", "hour")
    _create_bursts()
    op.create_table(
        "heat_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        _of_a_topic("heat_days"),
        sa.PrimaryKeyConstraint("day", "topic_id", name=op.f("pk_heat_days")),
    )
    op.create_table(
        "heat_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("turns_to", _MOMENT, nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("fitted_on", sa.Date(), nullable=True),
        sa.Column("rhythm", sa.JSON(), nullable=True),
        sa.Column("listed_at", _MOMENT, nullable=True),
        sa.Column("run_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heat_state")),
    )


def _create_asks() -> None:
    turn = op.f("fk_heat_asks_turn_id_turns")
    appeal = op.f("fk_heat_asks_appeal_id_appeals")
    op.create_table(
        "heat_asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("turn_id", sa.String(length=32), nullable=True),
        sa.Column("appeal_id", sa.Integer(), nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("loose", sa.Boolean(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        _of_a_topic("heat_asks"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=turn, ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=appeal, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heat_asks")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_heat_asks_turn_id")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_heat_asks_appeal_id")),
    )
    _index("heat_asks", "at")
    with op.batch_alter_table("heat_asks") as batch_op:
        batch_op.create_index("ix_heat_asks_topic", ["topic_id", "at"])


def _create_bursts() -> None:
    op.create_table(
        "heat_bursts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("window_hours", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Double(), nullable=False),
        sa.Column("now_hours", sa.Integer(), nullable=False),
        sa.Column("now_people", sa.Integer(), nullable=False),
        sa.Column("now_usual", sa.Double(), nullable=False),
        sa.Column("peak", sa.Double(), nullable=False),
        sa.Column("hot_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("seen_by", sa.String(length=60), nullable=True),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("case_number", sa.String(length=20), nullable=True),
        sa.Column("case_by", sa.String(length=60), nullable=True),
        sa.Column("draft_entry_id", sa.String(length=80), nullable=True),
        sa.Column("draft_by", sa.String(length=60), nullable=True),
        _of_a_topic("heat_bursts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heat_bursts")),
    )
    _index("heat_bursts", "topic_id", "found_at", "ended_at", "draft_entry_id")
    with op.batch_alter_table("heat_bursts") as batch_op:
        batch_op.create_index(
            "uq_heat_bursts_open",
            ["topic_id"],
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )


def _of_a_topic(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_topic_id_heat_topics")
    return sa.ForeignKeyConstraint(["topic_id"], ["heat_topics.id"], name=name)


def _index(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as batch_op:
        for name in columns:
            batch_op.create_index(batch_op.f(f"ix_{table}_{name}"), [name])


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
