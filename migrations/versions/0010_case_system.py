"""The case system: frozen rules, rounds, units, parents, requests, transfers, alerts, chains."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_CHINA = timezone(timedelta(hours=8))
_LONG_AGO = "1970-01-01 00:00:00"
_OPEN = sa.text("state = 'open'")

_APPEAL = (
    sa.Column("due_at", _MOMENT, nullable=False, server_default=_LONG_AGO),
    sa.Column("round_no", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("paused_seconds", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("extended_working_days", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("rules", sa.JSON(), nullable=False, server_default="{}"),
    sa.Column("resolution", sa.String(length=40), nullable=True),
    sa.Column("closing", sa.String(length=20), nullable=True),
    sa.Column("reopenings", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("called_back_at", _MOMENT, nullable=True),
    sa.Column("receipt_at", _MOMENT, nullable=True),
    sa.Column("unit", sa.String(length=80), nullable=True),
    sa.Column("parent_id", sa.Integer(), nullable=True),
    sa.Column("origin", sa.String(length=20), nullable=False, server_default="taxpayer"),
    sa.Column("source_name", sa.String(length=80), nullable=True),
    sa.Column("consented_at", _MOMENT, nullable=True),
    sa.Column("particulars", sa.JSON(), nullable=False, server_default="{}"),
    sa.Column("firm_facts", sa.JSON(), nullable=True),
    sa.Column("digest", sa.String(length=64), nullable=False, server_default=""),
    sa.Column("chain_head", sa.String(length=64), nullable=False, server_default=""),
)
_EVIDENCE = (
    sa.Column("asked_at", _MOMENT, nullable=True),
    sa.Column("shown", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("entries", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("facts", sa.JSON(), nullable=False, server_default="{}"),
)
_CHAIN = sa.Column("chain", sa.String(length=64), nullable=False, server_default="")


def upgrade() -> None:
    _add("appeals", *_APPEAL)
    _add("appeal_evidence", *_EVIDENCE)
    _add("appeal_moves", _CHAIN)
    with op.batch_alter_table("appeals") as batch_op:
        for name in ("due_at", "unit", "parent_id"):
            batch_op.create_index(batch_op.f(f"ix_appeals_{name}"), [name])
    _create_requests()
    _create_transfers()
    _create_alerts()
    _fill()
    _without_defaults("appeals", *_APPEAL)
    _without_defaults("appeal_evidence", *_EVIDENCE)
    _without_defaults("appeal_moves", _CHAIN)


def _add(table: str, *columns: sa.Column) -> None:
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            batch_op.add_column(column.copy())


def _without_defaults(table: str, *columns: sa.Column) -> None:
    """The defaults were for older rows only."""
    with op.batch_alter_table(table) as batch_op:
        for column in columns:
            if column.server_default is not None:
                batch_op.alter_column(column.name, server_default=None)


def _create_requests() -> None:
    op.create_table(
        "appeal_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        _of_an_appeal("appeal_requests"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_requests")),
    )
    with op.batch_alter_table("appeal_requests") as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_requests_appeal_id"), ["appeal_id"])
        batch_op.create_index(batch_op.f("ix_appeal_requests_state"), ["state"])
        batch_op.create_index(
            "uq_appeal_requests_open",
            ["appeal_id", "kind"],
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )


def _create_transfers() -> None:
    op.create_table(
        "appeal_transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column("from_unit", sa.String(length=80), nullable=True),
        sa.Column("to_unit", sa.String(length=80), nullable=False),
        sa.Column("telephone", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.String(length=60), nullable=True),
        sa.Column("receipt_at", _MOMENT, nullable=True),
        sa.Column("receipt_by", sa.String(length=60), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("returned_at", _MOMENT, nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        _of_an_appeal("appeal_transfers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_transfers")),
    )
    with op.batch_alter_table("appeal_transfers") as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_transfers_appeal_id"), ["appeal_id"])


def _create_alerts() -> None:
    op.create_table(
        "appeal_alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("seen_by", sa.String(length=60), nullable=True),
        _of_an_appeal("appeal_alerts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_appeal_alerts_key")),
    )
    with op.batch_alter_table("appeal_alerts") as batch_op:
        for name in ("appeal_id", "at", "role", "login", "seen_at"):
            batch_op.create_index(batch_op.f(f"ix_appeal_alerts_{name}"), [name])


def _of_an_appeal(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_appeal_id_appeals")
    return sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=name)


def _fill() -> None:
    """Give older cases the end of their promised day as a moment, and a chain of their moves."""
    appeals = sa.table(
        "appeals", sa.column("id"), sa.column("number"), sa.column("due_on", sa.Date()),
        sa.column("due_at", _MOMENT), sa.column("chain_head"),
    )  # fmt: skip
    connection = op.get_bind()
    rows = connection.execute(sa.select(appeals.c.id, appeals.c.number, appeals.c.due_on)).all()
    for appeal_id, number, due_on in rows:
        head = _chain(connection, appeal_id, number)
        connection.execute(
            sa.update(appeals)
            .where(appeals.c.id == appeal_id)
            .values(due_at=_end_of(due_on), chain_head=head)
        )


def _chain(connection: sa.Connection, appeal_id: int, number: str) -> str:
    names = ("actor", "verb", "from_status", "to_status", "promise_no")
    moves = sa.table(
        "appeal_moves", sa.column("id"), sa.column("appeal_id"), sa.column("at", _MOMENT),
        *map(sa.column, names), sa.column("due_on", sa.Date()), sa.column("note_public"),
        sa.column("note_internal"), sa.column("chain"),
    )  # fmt: skip
    before = ""
    of_it = sa.select(moves).where(moves.c.appeal_id == appeal_id).order_by(moves.c.id)
    for move in connection.execute(of_it).mappings().all():
        at = move["at"] if move["at"].tzinfo else move["at"].replace(tzinfo=UTC)
        told = [
            before, number, "", at.timestamp(), *(move[name] for name in names),
            move["due_on"].isoformat(), move["note_public"], move["note_internal"],
        ]  # fmt: skip
        plain = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
        before = hashlib.sha256(plain.encode()).hexdigest()
        connection.execute(sa.update(moves).where(moves.c.id == move["id"]).values(chain=before))
    return before


def _end_of(day: date) -> datetime:
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=_CHINA).astimezone(UTC)


def downgrade() -> None:
    for table in ("appeal_alerts", "appeal_transfers", "appeal_requests"):
        op.drop_table(table)
    with op.batch_alter_table("appeals") as batch_op:
        for name in ("due_at", "unit", "parent_id"):
            batch_op.drop_index(batch_op.f(f"ix_appeals_{name}"))
    for table, columns in (
        ("appeal_moves", (_CHAIN,)),
        ("appeal_evidence", _EVIDENCE),
        ("appeals", _APPEAL),
    ):
        with op.batch_alter_table(table) as batch_op:
            for column in reversed(columns):
                batch_op.drop_column(column.name)
