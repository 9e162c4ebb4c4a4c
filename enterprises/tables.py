"""How a firm, its people and its tax history are stored (企业档案表)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from enterprises.kinds import (
    EnterpriseStatus,
    FilingCycle,
    FilingStatus,
    Grade,
    PaymentKind,
    Role,
    Subject,
    Tax,
    TaxpayerType,
)

#: Yuan with two decimals.
YUAN = Numeric(18, 2)


def choice(codes: type[StrEnum]) -> Enum:
    """A text column that takes only these codes, on every database."""
    return Enum(
        codes,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=codes.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Enterprise(Base):
    """One taxpayer (企业、个体工商户): its registration, not its history."""

    __tablename__ = "enterprises"

    id: Mapped[int] = mapped_column(primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    subject: Mapped[Subject] = mapped_column(choice(Subject))
    taxpayer_type: Mapped[TaxpayerType] = mapped_column(choice(TaxpayerType))
    filing_cycle: Mapped[FilingCycle] = mapped_column(choice(FilingCycle))
    industry: Mapped[str] = mapped_column(String(60))
    region_code: Mapped[str] = mapped_column(String(12))
    region_name: Mapped[str] = mapped_column(String(60))
    competent_authority: Mapped[str] = mapped_column(String(120))
    registered_on: Mapped[date]
    status: Mapped[EnterpriseStatus] = mapped_column(choice(EnterpriseStatus))
    headcount: Mapped[int]
    assets_yuan: Mapped[Decimal] = mapped_column(YUAN)
    is_small_low_profit: Mapped[bool]
    is_sample: Mapped[bool] = mapped_column(default=False, index=True)


class Person(Base):
    """Someone who acts for firms. The phone is readable only with the key."""

    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    phone_sealed: Mapped[str] = mapped_column(String(300))
    phone_hint: Mapped[str] = mapped_column(String(20))
    phone_hash: Mapped[str] = mapped_column(String(64), index=True)


class EnterpriseRole(Base):
    """What a person is to a firm, from one day to another (办税身份)."""

    __tablename__ = "enterprise_roles"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "person_id", "role", "since"),
        CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    since: Mapped[date]
    until: Mapped[date | None]

    person: Mapped[Person] = relationship()


class Filing(Base):
    """One tax filed, or to be filed, for one period (纳税申报)."""

    __tablename__ = "filings"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "tax", "period_first", "period_last"),
        CheckConstraint("period_last >= period_first", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    tax: Mapped[Tax] = mapped_column(choice(Tax))
    period_first: Mapped[date]
    period_last: Mapped[date]
    due_on: Mapped[date]
    filed_on: Mapped[date | None]
    state: Mapped[FilingStatus] = mapped_column(choice(FilingStatus))
    tax_payable_yuan: Mapped[Decimal | None] = mapped_column(YUAN)
    sales_yuan: Mapped[Decimal | None] = mapped_column(YUAN)


class Payment(Base):
    """One amount paid in (缴款): tax, late-payment surcharge or penalty."""

    __tablename__ = "payments"
    __table_args__ = (Index(None, "enterprise_id", "paid_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    tax: Mapped[Tax] = mapped_column(choice(Tax))
    period_first: Mapped[date]
    period_last: Mapped[date]
    paid_on: Mapped[date]
    amount_yuan: Mapped[Decimal] = mapped_column(YUAN)
    kind: Mapped[PaymentKind] = mapped_column(choice(PaymentKind))


class Arrears(Base):
    """Tax that is owed (欠税).

    ``since`` is the first day of delay; ``surcharge_basis_yuan`` what the surcharge runs on.
    """

    __tablename__ = "arrears"
    __table_args__ = (UniqueConstraint("enterprise_id", "tax", "period_first", "period_last"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    tax: Mapped[Tax] = mapped_column(choice(Tax))
    period_first: Mapped[date]
    period_last: Mapped[date]
    amount_yuan: Mapped[Decimal] = mapped_column(YUAN)
    since: Mapped[date]
    surcharge_basis_yuan: Mapped[Decimal] = mapped_column(YUAN)


class InvoiceQuota(Base):
    """How much may be invoiced in a month, and how much was (发票额度); ``month`` is its 1st."""

    __tablename__ = "invoice_quotas"
    __table_args__ = (UniqueConstraint("enterprise_id", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    month: Mapped[date]
    quota_yuan: Mapped[Decimal] = mapped_column(YUAN)
    used_yuan: Mapped[Decimal] = mapped_column(YUAN)


class Rating(Base):
    """The tax credit rating for one evaluated year (纳税缴费信用评价)."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("enterprise_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    year: Mapped[int]
    grade: Mapped[Grade] = mapped_column(choice(Grade))
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))


class ReliefUse(Base):
    """A tax relief as it was used in one period (享受减免税)."""

    __tablename__ = "relief_uses"
    __table_args__ = (UniqueConstraint("enterprise_id", "relief", "period_first", "period_last"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprises.id"))
    relief: Mapped[str] = mapped_column(String(80))
    period_first: Mapped[date]
    period_last: Mapped[date]
    amount_yuan: Mapped[Decimal] = mapped_column(YUAN)
