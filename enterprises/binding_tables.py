"""How it is stored who may see which firm (绑定关系表), and the vault of contacts (联系方式)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from enterprises.kinds import Role
from enterprises.tables import Enterprise, choice

#: An opaque name of one door's visitor, such as ``web:…`` or ``wechat:…``.
IDENTITY_KEY = String(120)

_STILL_OPEN = text("ended_at IS NULL")


class Contact(Base):
    """A phone left for a call-back (回访电话); readable only with the key, gone when it expires."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_key: Mapped[str] = mapped_column(IDENTITY_KEY, index=True)
    phone_sealed: Mapped[str] = mapped_column(String(300))
    phone_hint: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class IdentityLink(Base):
    """A visitor who proved to be a person (身份核验); other doors' visitors prove it themselves."""

    __tablename__ = "identity_links"
    __table_args__ = (
        Index(
            "uq_identity_links_open",
            "identity_key",
            unique=True,
            sqlite_where=_STILL_OPEN,
            postgresql_where=_STILL_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_key: Mapped[str] = mapped_column(IDENTITY_KEY)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    proven_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Binding(Base):
    """A person's leave to see a firm (企业绑定), in the role that was proved."""

    __tablename__ = "bindings"
    __table_args__ = (
        Index(
            "uq_bindings_open",
            "person_id",
            "enterprise_id",
            unique=True,
            sqlite_where=_STILL_OPEN,
            postgresql_where=_STILL_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey(Enterprise.id), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    bound_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class OneTimeCode(Base):
    """A code sent to one holder of a role (验证码).

    ``person_id`` and ``enterprise_id`` are empty where the firm or the role does not exist: such
    a request looks the same from outside, and no code ever fits it. ``batch`` joins the codes of
    one request when several people hold the role.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = (Index(None, "uscc", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch: Mapped[str] = mapped_column(String(43))
    identity_key: Mapped[str] = mapped_column(IDENTITY_KEY, index=True)
    uscc: Mapped[str] = mapped_column(String(18))
    role: Mapped[Role] = mapped_column(choice(Role))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey(Enterprise.id))
    code_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class BindingLock(Base):
    """Wrong codes in a row by one visitor, and until when nothing more is accepted (锁定)."""

    __tablename__ = "binding_locks"

    identity_key: Mapped[str] = mapped_column(IDENTITY_KEY, primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class CurrentFirm(Base):
    """The firm a visitor is talking about (当前企业); it counts only while the binding holds."""

    __tablename__ = "current_firms"

    identity_key: Mapped[str] = mapped_column(IDENTITY_KEY, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey(Enterprise.id))
