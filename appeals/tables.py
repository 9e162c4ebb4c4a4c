"""How an appeal (诉求) is stored: the case, moves, evidence, attachments, drafts, wrong codes."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class AppealStatus(enum.Enum):
    """Where an appeal stands (诉求状态). Words for people: ``status.yml``."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    WORKING = "working"
    WAITING = "waiting"  # for the taxpayer; the clock pauses
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    TRANSFERRED = "transferred"  # to another office; the clock runs until its receipt is there
    MERGED = "merged"  # under a parent, which is answered for all


class Origin(enum.Enum):
    """Who brought an appeal in (来源)."""

    TAXPAYER = "taxpayer"
    SYSTEM = "system"  # nobody took up the talk
    AGENT = "agent"  # during a call
    CHAMBER = "chamber"  # 商会, for a member
    GRID = "grid"  # 网格员
    DESK = "desk"  # the parent of a burst; nobody filed it, nobody is told


class Closing(enum.Enum):
    """How an appeal came to its end (办结方式); silence is no satisfaction."""

    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    HANDED_ON = "handed_on"


class Verb(enum.Enum):
    """What is done with an appeal (流转动作)."""

    FILE = "file"
    ACCEPT = "accept"
    ASSIGN = "assign"
    ASK_FOR_MORE = "ask_for_more"
    SUPPLEMENT = "supplement"
    ATTACH = "attach"
    ENCLOSE = "enclose"
    KEEP_FILE = "keep_file"
    ANSWER = "answer"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    URGE = "urge"
    REASSIGN = "reassign"
    REMIND = "remind"
    ESCALATE = "escalate"
    RECOUNT = "recount"
    REFUSE = "refuse"
    INFORM = "inform"
    ANSWER_MERGED = "answer_merged"
    LAPSE = "lapse"
    CLOSE = "close"
    RATE = "rate"
    CALL_BACK = "call_back"
    TRANSFER = "transfer"
    TRANSFER_OUT = "transfer_out"
    RECEIPT = "receipt"
    TAKE_BACK = "take_back"
    OBJECT = "object"
    UPHOLD_OBJECTION = "uphold_objection"
    OVERRULE_OBJECTION = "overrule_objection"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    DENY_EXTENSION = "deny_extension"
    MERGE = "merge"
    GATHER = "gather"
    UNMERGE = "unmerge"


class FileKind(enum.Enum):
    """What an attachment is (附件种类); every picture is kept as JPEG."""

    PICTURE = "picture"
    PDF = "pdf"


class Priority(enum.IntEnum):
    """How far to the front of the queue (紧急程度)."""

    ORDINARY = 0
    URGED = 1
    ESCALATED = 2


def choice(kind: type[enum.Enum]) -> Enum:
    """A column of fixed choices, kept as text."""
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Appeal(Base):
    """One appeal of one person. Our own ticket, never a legal remedy (复议, 诉讼)."""

    __tablename__ = "appeals"
    __table_args__ = (
        Index("ix_appeals_queue", "status", "due_on"),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating_range"),
        CheckConstraint("working_days >= 1", name="working_days_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    check_code_hash: Mapped[str] = mapped_column(String(64))
    check_code_sealed: Mapped[str] = mapped_column(String(200))
    conversation_id: Mapped[int | None] = mapped_column(index=True)
    identity_key: Mapped[str] = mapped_column(String(120), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(Text)
    contact_sealed: Mapped[str | None] = mapped_column(Text)
    contact_hint: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[AppealStatus] = mapped_column(choice(AppealStatus))
    priority: Mapped[int] = mapped_column(default=Priority.ORDINARY)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    working_days: Mapped[int]
    clock_from: Mapped[datetime]  # opened_at, or the last reopening
    due_on: Mapped[date] = mapped_column(index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)  # the first moment that is too late
    provisional: Mapped[bool]
    round_no: Mapped[int] = mapped_column(default=1)  # one more with every reopening
    promise_no: Mapped[int] = mapped_column(default=0)  # how often a date was promised
    paused_since: Mapped[datetime | None]
    paused_working_days: Mapped[int] = mapped_column(default=0)
    paused_seconds: Mapped[int] = mapped_column(default=0)  # of working time, for clocks in minutes
    extended_working_days: Mapped[int] = mapped_column(default=0)
    extensions: Mapped[int] = mapped_column(default=0)
    rules: Mapped[dict[str, Any]]  # the rules of its kind on the day of filing
    answered_at: Mapped[datetime | None]
    answer_text: Mapped[str | None] = mapped_column(Text)
    resolution: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]
    closing: Mapped[Closing | None] = mapped_column(choice(Closing))
    reopenings: Mapped[int] = mapped_column(default=0)
    called_back_at: Mapped[datetime | None]
    receipt_at: Mapped[datetime | None]  # when the office it went to signed for it
    unit: Mapped[str | None] = mapped_column(String(80), index=True)
    parent_id: Mapped[int | None] = mapped_column(index=True)  # under which it is, or was, merged
    assigned_to: Mapped[str | None] = mapped_column(String(60), index=True)
    escalation_level: Mapped[int] = mapped_column(default=0)
    urges: Mapped[int] = mapped_column(default=0)
    last_urged_on: Mapped[date | None]
    rating: Mapped[int | None]
    rating_comment: Mapped[str | None] = mapped_column(Text)
    is_evaluation: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[Origin] = mapped_column(choice(Origin), default=Origin.TAXPAYER)
    source_name: Mapped[str | None] = mapped_column(String(80))
    request_key: Mapped[str | None] = mapped_column(
        String(64), unique=True
    )  # sent twice: filed once
    consented_at: Mapped[datetime | None]
    particulars: Mapped[dict[str, Any]]
    firm_facts: Mapped[dict[str, Any] | None]
    digest: Mapped[str] = mapped_column(String(64), default="")  # of what was filed
    chain_head: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column()

    moves: Mapped[list[AppealMove]] = relationship(
        back_populates="appeal", order_by="AppealMove.id", cascade="all, delete-orphan"
    )
    evidence: Mapped[list[AppealEvidence]] = relationship(
        order_by="AppealEvidence.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class AppealMove(Base):
    """One move of an appeal, never changed afterwards (流转记录)."""

    __tablename__ = "appeal_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    verb: Mapped[Verb] = mapped_column(choice(Verb))
    from_status: Mapped[AppealStatus | None] = mapped_column(choice(AppealStatus))
    to_status: Mapped[AppealStatus] = mapped_column(choice(AppealStatus))
    promise_no: Mapped[int]
    due_on: Mapped[date]  # what was promised after this move
    note_public: Mapped[str | None] = mapped_column(Text)
    note_internal: Mapped[str | None] = mapped_column(Text)
    chain: Mapped[str] = mapped_column(String(64))  # covers this move and the one before it

    appeal: Mapped[Appeal] = relationship(back_populates="moves")
    files: Mapped[list[AppealAttachment]] = relationship(
        order_by="AppealAttachment.id", lazy="selectin"
    )


class AppealEvidence(Base):
    """One turn of the talk as it was when the appeal was filed (随附的问答): a snapshot."""

    __tablename__ = "appeal_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    position: Mapped[int]
    turn_id: Mapped[str | None] = mapped_column(String(32))
    asked_text: Mapped[str] = mapped_column(Text)
    answer_text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(40))
    sources: Mapped[list[Any]]
    tax_period: Mapped[str | None] = mapped_column(String(60))
    asked_at: Mapped[datetime | None]
    shown: Mapped[list[Any]]  # the parts of the answer as the taxpayer saw them
    entries: Mapped[list[Any]]  # of the library, with their versions
    facts: Mapped[dict[str, Any]]  # what the answer took as known


class AppealAttachment(Base):
    """A file that came with a move (附件), or waits for its sender's next appeal; kept sealed."""

    __tablename__ = "appeal_attachments"
    __table_args__ = (
        CheckConstraint("(move_id IS NULL) <> (pending_for IS NULL)", name="filed_or_pending"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    move_id: Mapped[int | None] = mapped_column(ForeignKey("appeal_moves.id"), index=True)
    pending_for: Mapped[str | None] = mapped_column(String(120), index=True)  # an identity key
    at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(120))
    is_internal: Mapped[bool] = mapped_column(default=False)  # only staff see it
    kind: Mapped[FileKind] = mapped_column(choice(FileKind))
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]  # of the content, in bytes
    sha256: Mapped[str] = mapped_column(String(64))  # of the content
    seal_sha256: Mapped[str] = mapped_column(String(64))  # of what is stored
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class AppealDraft(Base):
    """An appeal that is still being written (诉求草稿); one per person."""

    __tablename__ = "appeal_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_key: Mapped[str] = mapped_column(String(120), unique=True)
    conversation_id: Mapped[int | None]
    kind: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(80))
    detail: Mapped[str | None] = mapped_column(Text)
    contact_sealed: Mapped[str | None] = mapped_column(Text)
    contact_hint: Mapped[str | None] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(index=True)


class WrongCheckCodes(Base):
    """Wrong check codes for one number, whether it exists or not (查询码错误次数)."""

    __tablename__ = "appeal_wrong_check_codes"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
