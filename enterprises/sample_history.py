"""What the sample firms filed, paid and owe (示例企业的办税记录), from January 2024 on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.calendar import next_workday
from core.database import Base
from core.money import rounded
from core.periods import Period, month_of, quarter_of, year_of
from enterprises.deadlines import Deadlines, due_after_period
from enterprises.kinds import (
    FilingCycle,
    FilingStatus,
    Grade,
    PaymentKind,
    Subject,
    Tax,
    TaxpayerType,
)
from enterprises.sample_firms import Case, SampleFirm, sample_file
from enterprises.tables import (
    Arrears,
    Filing,
    InvoiceQuota,
    Payment,
    Rating,
    ReliefUse,
)

Rows = dict[type[Base], list[dict[str, Any]]]

FIRST_YEAR = 2024
#: Abnormal firms filed nothing for periods after this day.
_LAST_SEEN = date(2025, 9, 30)
_NOTHING = Decimal("0.00")


def history_of(
    firm: SampleFirm, *, enterprise_id: int, today: date, deadlines: Deadlines | None
) -> Rows:
    """Every row of one firm's history up to ``today``, by table, ready to be inserted."""
    return _History(firm, enterprise_id, today, deadlines).rows()


class _History:
    def __init__(
        self, firm: SampleFirm, enterprise_id: int, today: date, deadlines: Deadlines | None
    ) -> None:
        self.firm = firm
        self.today = today
        self.deadlines = deadlines
        self.rates = sample_file().rates
        self.last_day = min(today, firm.closed_on or today)
        self._enterprise_id = enterprise_id
        self._rows: Rows = {
            table: [] for table in (Filing, Payment, Arrears, InvoiceQuota, Rating, ReliefUse)
        }

    def rows(self) -> Rows:
        kind = self.firm.kind
        for period in self._ended(monthly=kind.filing_cycle is FilingCycle.MONTHLY):
            self._vat(period)
        for period in self._ended(monthly=False):
            self._income_tax(period)
        if kind.subject is Subject.ENTERPRISE:
            for period in self._ended(monthly=True):
                self._withholding(period)
        self._settlements()
        self._quotas()
        self._ratings()
        return self._rows

    def _add(self, table: type[Base], **values: Any) -> None:
        self._rows[table].append({"enterprise_id": self._enterprise_id, **values})

    def _ended(self, *, monthly: bool) -> Iterator[Period]:
        for year in range(FIRST_YEAR, self.today.year + 1):
            for number in range(1, 13 if monthly else 5):
                period = month_of(year, number) if monthly else quarter_of(year, number)
                over = period.last < self.today and period.last <= self.last_day
                if over and period.last >= self.firm.registered_on:
                    yield period

    def _sales(self, period: Period) -> Decimal:
        months = range(period.first.month, period.last.month + 1)
        return sum((self._month_sales(period.first.year, each) for each in months), _NOTHING)

    def _month_sales(self, year: int, month: int) -> Decimal:
        if self.firm.case in (Case.ZERO, Case.DORMANT):
            return _NOTHING
        low, high = self.firm.kind.monthly_sales_yuan
        fen = self.firm.chance("sales", year, month).randint(low * 100, high * 100)
        return rounded(Decimal(fen) / 100 * (Decimal("0.7") if month == 2 else 1))

    def _vat(self, period: Period) -> None:
        rates, kind, sales = self.rates, self.firm.kind, self._sales(period)
        if kind.taxpayer_type is TaxpayerType.GENERAL:
            self._declare(Tax.VAT, period, sales * kind.vat_share, sales)
            return
        monthly = kind.filing_cycle is FilingCycle.MONTHLY
        threshold = rates.monthly_threshold_yuan if monthly else rates.quarterly_threshold_yuan
        if sales < threshold:
            filed = self._declare(Tax.VAT, period, _NOTHING, sales)
            relief, amount = "vat.small_scale.below_threshold", sales * rates.levy_rate
        else:
            filed = self._declare(Tax.VAT, period, sales * rates.reduced_rate, sales)
            relief = "vat.small_scale.reduced_rate"
            amount = sales * (rates.levy_rate - rates.reduced_rate)
        if filed:
            self._relieve(relief, period, amount)

    def _income_tax(self, period: Period) -> None:
        rates, firm, sales = self.rates, self.firm, self._sales(period)
        profit = sales * firm.kind.margin
        if firm.kind.subject is not Subject.ENTERPRISE:
            tax = profit * rates.iit_share
            filed = self._declare(Tax.IIT_BUSINESS, period, tax, sales)
            if filed and firm.kind.subject is Subject.SOLE_TRADER:
                self._relieve("iit.sole_trader_half", period, tax)
            return
        rate = rates.small_low_profit_rate if firm.is_small_low_profit else rates.cit_rate
        filed = self._declare(Tax.CIT, period, profit * rate, sales)
        if filed and firm.is_small_low_profit:
            amount = profit * rates.small_low_profit_relief
            self._relieve("cit.small_low_profit", period, amount)

    def _withholding(self, period: Period) -> None:
        chance = self.firm.chance("withholding", period.first)
        idle = self.firm.case in (Case.ZERO, Case.DORMANT)
        tax = _NOTHING if idle else Decimal(self.firm.headcount * chance.randint(0, 30))
        self._declare(Tax.IIT_WITHHOLDING, period, tax, None)

    def _settlements(self) -> None:
        enterprise = self.firm.kind.subject is Subject.ENTERPRISE
        tax = Tax.CIT if enterprise else Tax.IIT_BUSINESS
        day = sample_file().settlements[tax]
        for year in range(FIRST_YEAR, self.today.year):
            period = year_of(year)
            closed = self.firm.closed_on
            if period.last < self.firm.registered_on or (closed and period.last > closed):
                continue
            due_on = next_workday(date(year + 1, day.month, day.day))
            self._file(tax, period, due_on, _NOTHING, None)

    def _declare(self, tax: Tax, period: Period, amount: Decimal, sales: Decimal | None) -> bool:
        """File for one period and pay; False where nothing is filed yet."""
        due_on = due_after_period(self.deadlines, period).due_on
        amount = rounded(amount)
        filed_on = self._file(tax, period, due_on, amount, sales)
        if filed_on is None:
            return False
        self._pay(tax, period, amount, due_on, filed_on)
        if tax is Tax.VAT:
            self._surcharges(period, amount, due_on, filed_on)
        return True

    def _file(
        self, tax: Tax, period: Period, due_on: date, amount: Decimal, sales: Decimal | None
    ) -> date | None:
        filed_on = self._filed_on(tax, period, due_on)
        corrected = self.firm.case is Case.CORRECTED and tax is Tax.VAT and period.first.month < 4
        if filed_on is not None:
            state = FilingStatus.CORRECTED if corrected else FilingStatus.FILED
        else:
            state = FilingStatus.OVERDUE if due_on < self.today else FilingStatus.PENDING
        self._add(
            Filing,
            tax=tax,
            period_first=period.first,
            period_last=period.last,
            due_on=due_on,
            filed_on=filed_on,
            state=state,
            tax_payable_yuan=None if filed_on is None else amount,
            sales_yuan=None if filed_on is None else sales,
        )
        return filed_on

    def _filed_on(self, tax: Tax, period: Period, due_on: date) -> date | None:
        case, chance = self.firm.case, self.firm.chance("filed", tax, period.first, period.last)
        if case is Case.ABNORMAL and period.last > _LAST_SEEN:
            return None
        recent = period.last > self.today - timedelta(days=200)
        if case is Case.MISSING and tax is Tax.VAT and recent:
            return None
        days = chance.randint(0, 9)
        late = case is Case.LATE and chance.random() < 0.25
        day = due_on + timedelta(days=days + 3) if late else due_on - timedelta(days=days)
        day = max(day, period.last + timedelta(days=1))
        return day if day <= self.today else None

    def _pay(self, tax: Tax, period: Period, amount: Decimal, due_on: date, paid_on: date) -> None:
        if amount <= 0:
            return
        span = {"tax": tax, "period_first": period.first, "period_last": period.last}
        age = (self.today - period.last).days
        if self.firm.case is Case.ARREARS and tax is not Tax.IIT_WITHHOLDING and 150 < age < 260:
            since = due_on + timedelta(days=1)
            self._add(Arrears, **span, amount_yuan=amount, since=since, surcharge_basis_yuan=amount)
            return
        self._add(Payment, **span, paid_on=paid_on, amount_yuan=amount, kind=PaymentKind.TAX)
        late_days = (paid_on - due_on).days
        if late_days <= 0:
            return
        late = rounded(amount * self.rates.late_daily_rate * late_days)
        if late > 0:
            kind = PaymentKind.SURCHARGE_LATE
            self._add(Payment, **span, paid_on=paid_on, amount_yuan=late, kind=kind)
        if tax is Tax.VAT:
            penalty = Decimal(self.firm.chance("penalty", period.first).randint(1, 4) * 50)
            kind = PaymentKind.PENALTY
            self._add(Payment, **span, paid_on=paid_on, amount_yuan=penalty, kind=kind)

    def _surcharges(self, period: Period, vat: Decimal, due_on: date, paid_on: date) -> None:
        full = vat * self.rates.surcharge_share
        kind = self.firm.kind
        small = kind.taxpayer_type is TaxpayerType.SMALL_SCALE or self.firm.is_small_low_profit
        relief = full * self.rates.surcharge_reduction if small else _NOTHING
        self._pay(Tax.SURCHARGES, period, rounded(full - relief), due_on, paid_on)
        self._relieve("surcharges.half", period, relief)

    def _relieve(self, relief: str, period: Period, amount: Decimal) -> None:
        if rounded(amount) > 0:
            self._add(
                ReliefUse,
                relief=relief,
                period_first=period.first,
                period_last=period.last,
                amount_yuan=rounded(amount),
            )

    def _quotas(self) -> None:
        quota = Decimal(-(-self.firm.kind.monthly_sales_yuan[1] * 13 // 1_000_000) * 100_000)
        for year in range(FIRST_YEAR, self.last_day.year + 1):
            for month in range(1, 13):
                first = date(year, month, 1)
                if not self.firm.registered_on.replace(day=1) <= first <= self.last_day:
                    continue
                used = self._month_sales(year, month)
                if (year, month) == (self.today.year, self.today.month):
                    used = rounded(used * self.today.day / 31)
                    if self.firm.case is Case.QUOTA_TIGHT:
                        used = quota * Decimal("0.97")
                used = min(used, quota)
                self._add(InvoiceQuota, month=first, quota_yuan=quota, used_yuan=used)

    def _ratings(self) -> None:
        if self.firm.kind.subject is Subject.SOLE_TRADER:
            return
        for year in range(FIRST_YEAR - 1, self.today.year):
            published = date(year + 1, 4, 30) <= self.today
            whole_year = self.firm.registered_on < date(year, 1, 1)
            in_business = self.firm.closed_on is None or self.firm.closed_on.year > year
            if published and whole_year and in_business:
                grade, score = self._grade(year)
                self._add(Rating, year=year, grade=grade, score=score)

    def _grade(self, year: int) -> tuple[Grade, Decimal | None]:
        case, chance = self.firm.case, self.firm.chance("rating", year)
        old_enough = (date(year, 12, 31) - self.firm.registered_on).days >= 3 * 365
        if case is Case.D_GRADE or (case is Case.ABNORMAL and year >= _LAST_SEEN.year):
            return Grade.D, None
        if case in (Case.ZERO, Case.DORMANT):
            return Grade.M, Decimal(chance.randint(85, 93))
        if case in (Case.MISSING, Case.ARREARS):
            return Grade.C, Decimal(chance.randint(52, 68))
        if case is Case.A_GRADE and old_enough:
            return Grade.A, Decimal(chance.randint(92, 98))
        return Grade.B, Decimal(chance.randint(74, 89))
