"""What may be read of one firm (企业视图), once somebody's right to read it has been checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.periods import Period, year_of
from enterprises.deadlines import (
    Deadline,
    Deadlines,
    due_on_record,
    is_yearly,
    next_deadline,
    period_of,
    state_on,
)
from enterprises.kinds import (
    EnterpriseStatus,
    FilingCycle,
    FilingStatus,
    Grade,
    PaymentKind,
    Subject,
    Tax,
    TaxpayerType,
)
from enterprises.tables import (
    Arrears,
    Enterprise,
    Filing,
    InvoiceQuota,
    Payment,
    Rating,
    ReliefUse,
)

_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Profile:
    """The registration of a firm (登记信息)."""

    enterprise_id: int
    uscc: str
    name: str
    subject: Subject
    taxpayer_type: TaxpayerType
    filing_cycle: FilingCycle
    industry: str
    region_code: str
    region_name: str
    competent_authority: str
    registered_on: date
    status: EnterpriseStatus
    headcount: int
    assets_yuan: Decimal
    is_small_low_profit: bool
    is_sample: bool


@dataclass(frozen=True)
class FilingState:
    """Where one filing stands today; ``is_late`` tells that it was made after its last day."""

    tax: Tax
    period: Period
    state: FilingStatus
    due_on: date
    filed_on: date | None
    is_late: bool
    tax_payable_yuan: Decimal | None


@dataclass(frozen=True)
class TaxPaid:
    """What was paid in one year for one tax, by kind of payment."""

    tax: Tax
    tax_yuan: Decimal
    surcharge_late_yuan: Decimal
    penalty_yuan: Decimal


@dataclass(frozen=True)
class ArrearsItem:
    """Tax owed; ``days`` counts the days of delay up to and including today."""

    tax: Tax
    period: Period
    amount_yuan: Decimal
    surcharge_basis_yuan: Decimal
    since: date
    days: int


@dataclass(frozen=True)
class LatestRating:
    """The last tax credit rating; ``year`` is the year that was evaluated."""

    year: int
    grade: Grade
    score: Decimal | None


@dataclass(frozen=True)
class Quota:
    """The invoice quota of a month; ``left_yuan`` is what may still be issued."""

    month: date
    quota_yuan: Decimal
    used_yuan: Decimal
    left_yuan: Decimal


@dataclass(frozen=True)
class ReliefUsed:
    """A relief used in one year, summed over its periods."""

    relief: str
    amount_yuan: Decimal
    periods: int


class FirmView:
    """One firm as it may be shown; made by :mod:`enterprises.service` only.

    It reads when asked, so it is used inside the transaction that gave it.
    """

    def __init__(
        self, session: Session, enterprise: Enterprise, deadlines: Deadlines | None
    ) -> None:
        self._session = session
        self._enterprise = enterprise
        self._deadlines = deadlines

    @cached_property
    def profile(self) -> Profile:
        """The registration."""
        firm = self._enterprise
        copied = (name for name in Profile.__dataclass_fields__ if name != "enterprise_id")
        return Profile(enterprise_id=firm.id, **{name: getattr(firm, name) for name in copied})

    def facts(self) -> dict[str, str | int | bool | Decimal]:
        """What rules and answers may take as known about the firm."""
        firm = self._enterprise
        return {
            "taxpayer_type": firm.taxpayer_type.value,
            "subject": firm.subject.value,
            "filing_cycle": firm.filing_cycle.value,
            "region": firm.region_code,
            "is_small_low_profit": firm.is_small_low_profit,
            "headcount": firm.headcount,
            "assets_yuan": firm.assets_yuan,
            "industry": firm.industry,
        }

    @cached_property
    def _filings(self) -> list[Filing]:
        return list(
            self._session.scalars(
                select(Filing)
                .where(Filing.enterprise_id == self._enterprise.id)
                .order_by(Filing.period_last.desc(), Filing.tax, Filing.period_first)
            )
        )

    def _state(self, filing: Filing, today: date) -> FilingState:
        due_on = due_on_record(filing, self._deadlines)
        return FilingState(
            tax=filing.tax,
            period=period_of(filing),
            state=state_on(filing, self._deadlines, today),
            due_on=due_on,
            filed_on=filing.filed_on,
            is_late=filing.filed_on is not None and filing.filed_on > due_on,
            tax_payable_yuan=filing.tax_payable_yuan,
        )

    def filing_state(self, today: date) -> list[FilingState]:
        """The last period on record of each tax, its yearly settlement apart."""
        last: dict[tuple[Tax, bool], Filing] = {}
        for filing in self._filings:
            last.setdefault((filing.tax, is_yearly(period_of(filing))), filing)
        order = {tax: place for place, tax in enumerate(Tax)}
        chosen = sorted(last, key=lambda key: (order[key[0]], key[1]))
        return [self._state(last[key], today) for key in chosen]

    def overdue_filings(self, today: date) -> list[FilingState]:
        """Everything that should have been filed by now and is not, the oldest first."""
        states = [self._state(filing, today) for filing in reversed(self._filings)]
        return [each for each in states if each.state is FilingStatus.OVERDUE]

    def next_deadline(self, today: date) -> Deadline | None:
        """The next day something must be filed by; None for a firm that is deregistered."""
        if self._enterprise.status is EnterpriseStatus.DEREGISTERED:
            return None
        cycle = self._enterprise.filing_cycle
        return next_deadline(self._filings, cycle, self._deadlines, today)

    def tax_paid(self, year: int) -> list[TaxPaid]:
        """What was paid in the calendar year, per tax, for whatever period."""
        span = year_of(year)
        sums = self._session.execute(
            select(Payment.tax, Payment.kind, func.sum(Payment.amount_yuan))
            .where(
                Payment.enterprise_id == self._enterprise.id,
                Payment.paid_on.between(span.first, span.last),
            )
            .group_by(Payment.tax, Payment.kind)
        ).all()
        paid = {(tax, kind): amount for tax, kind, amount in sums}
        return [
            TaxPaid(tax, *(paid.get((tax, kind), _NOTHING) for kind in PaymentKind))
            for tax in Tax
            if any((tax, kind) in paid for kind in PaymentKind)
        ]

    def arrears(self, today: date) -> list[ArrearsItem]:
        """What is owed today, the oldest first."""
        rows = self._session.scalars(
            select(Arrears)
            .where(Arrears.enterprise_id == self._enterprise.id, Arrears.since <= today)
            .order_by(Arrears.since, Arrears.id)
        )
        return [
            ArrearsItem(
                tax=row.tax,
                period=Period(row.period_first, row.period_last),
                amount_yuan=row.amount_yuan,
                surcharge_basis_yuan=row.surcharge_basis_yuan,
                since=row.since,
                days=(today - row.since).days + 1,
            )
            for row in rows
        ]

    def latest_rating(self) -> LatestRating | None:
        """The last rating, or None for a firm that was never rated."""
        row = self._session.scalars(
            select(Rating)
            .where(Rating.enterprise_id == self._enterprise.id)
            .order_by(Rating.year.desc())
            .limit(1)
        ).first()
        return None if row is None else LatestRating(row.year, row.grade, row.score)

    def invoice_quota(self, month: date) -> Quota | None:
        """The quota of the month that contains ``month``, or None where none is on record."""
        row = self._session.scalar(
            select(InvoiceQuota).where(
                InvoiceQuota.enterprise_id == self._enterprise.id,
                InvoiceQuota.month == month.replace(day=1),
            )
        )
        if row is None:
            return None
        return Quota(row.month, row.quota_yuan, row.used_yuan, row.quota_yuan - row.used_yuan)

    def reliefs_used(self, year: int) -> list[ReliefUsed]:
        """The reliefs used for periods that end in the year, the largest first."""
        span = year_of(year)
        amount = func.sum(ReliefUse.amount_yuan)
        rows = self._session.execute(
            select(ReliefUse.relief, amount, func.count(ReliefUse.id))
            .where(
                ReliefUse.enterprise_id == self._enterprise.id,
                ReliefUse.period_last.between(span.first, span.last),
            )
            .group_by(ReliefUse.relief)
            .order_by(amount.desc(), ReliefUse.relief)
        ).all()
        return [ReliefUsed(relief, total, periods) for relief, total, periods in rows]
