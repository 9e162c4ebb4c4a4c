"""What is told of a firm: filings, deadlines, payments, arrears, rating, quota, reliefs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.database import Base, Sessions, transaction
from core.periods import Period, month_of, quarter_of, year_of
from enterprises.deadlines import Deadline, Deadlines, next_deadline
from enterprises.kinds import (
    EnterpriseStatus,
    FilingCycle,
    FilingStatus,
    Grade,
    PaymentKind,
    Tax,
)
from enterprises.labels import label, labels
from enterprises.service import access_firm_for_staff
from enterprises.tables import Arrears, Filing, InvoiceQuota, Payment, Rating, ReliefUse
from enterprises.view import FirmView
from tests.enterprises.visits import make_enterprise

#: The days announced for 2026, as far as these tests need them.
ANNOUNCED = {(2026, 9): date(2026, 9, 15), (2026, 10): date(2026, 10, 26)}


def announced(year: int, month: int) -> date | None:
    return ANNOUNCED.get((year, month))


def _filing(tax: Tax, period: Period, due_on: date, filed_on: date | None, **more: object) -> Base:
    state = FilingStatus.FILED if filed_on else FilingStatus.PENDING
    return Filing(
        tax=tax,
        period_first=period.first,
        period_last=period.last,
        due_on=due_on,
        filed_on=filed_on,
        **({"state": state} | more),
    )


def _view(
    session: Session, *rows: Base, deadlines: Deadlines | None = announced, **firm: object
) -> FirmView:
    enterprise = make_enterprise(**firm)
    session.add(enterprise)
    session.flush()
    for row in rows:
        row.enterprise_id = enterprise.id  # type: ignore[attr-defined]
        session.add(row)
    session.flush()
    return access_firm_for_staff(
        session,
        staff="li",
        enterprise_id=enterprise.id,
        conversation_id=1,
        now=datetime(2026, 9, 16, 17, 30, tzinfo=UTC),
        deadlines=deadlines,
    )


def test_filing_state_shows_the_last_period_of_each_tax_and_its_settlement(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        view = _view(
            session,
            _filing(Tax.CIT, year_of(2025), date(2026, 6, 1), date(2026, 5, 20)),
            _filing(Tax.CIT, quarter_of(2026, 2), date(2026, 7, 15), date(2026, 7, 9)),
            _filing(Tax.VAT, quarter_of(2026, 1), date(2026, 4, 20), date(2026, 4, 10)),
            _filing(Tax.VAT, quarter_of(2026, 2), date(2026, 7, 15), date(2026, 7, 17)),
        )

        told = [
            (each.tax, each.period.label, each.state, each.is_late)
            for each in view.filing_state(date(2026, 9, 17))
        ]

    assert told == [
        (Tax.VAT, "2026年第二季度", FilingStatus.FILED, True),
        (Tax.CIT, "2026年第二季度", FilingStatus.FILED, False),
        (Tax.CIT, "2025年", FilingStatus.FILED, False),
    ]


def test_pending_filing_turns_overdue_by_the_day_alone(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        view = _view(session, _filing(Tax.VAT, month_of(2026, 8), date(2026, 9, 15), None))

        assert view.overdue_filings(date(2026, 9, 15)) == []
        [overdue] = view.overdue_filings(date(2026, 9, 16))

    assert (overdue.state, overdue.filed_on) == (FilingStatus.OVERDUE, None)


def test_an_announced_later_day_moves_the_day_on_record_and_a_deferred_one_stands(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        view = _view(
            session,
            _filing(Tax.VAT, quarter_of(2026, 3), date(2026, 10, 15), None),
            _filing(Tax.CIT, quarter_of(2026, 3), date(2026, 11, 30), None),
        )
        days = {each.tax: each.due_on for each in view.filing_state(date(2026, 10, 20))}

    assert days == {Tax.VAT: date(2026, 10, 26), Tax.CIT: date(2026, 11, 30)}


def _next(filings: list[Base], today: date, cycle: FilingCycle = FilingCycle.QUARTERLY) -> Deadline:
    found = next_deadline(filings, cycle, announced, today)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_next_deadline_is_the_open_filing_while_its_day_is_ahead() -> None:
    open_filing = _filing(Tax.VAT, quarter_of(2026, 3), date(2026, 10, 15), None)

    assert _next([open_filing], date(2026, 10, 10)) == Deadline(
        date(2026, 10, 26), (Tax.VAT,), (quarter_of(2026, 3),), provisional=False
    )


def test_next_deadline_passes_over_what_is_filed() -> None:
    filed = _filing(Tax.VAT, quarter_of(2026, 3), date(2026, 10, 26), date(2026, 10, 9))

    assert _next([filed], date(2026, 10, 10)) == Deadline(
        date(2027, 1, 15), (Tax.VAT,), (quarter_of(2026, 4),), provisional=True
    )


def test_next_deadline_joins_taxes_of_different_cycles_that_fall_on_one_day() -> None:
    filings = [
        _filing(Tax.VAT, quarter_of(2026, 2), date(2026, 7, 15), date(2026, 7, 9)),
        _filing(Tax.IIT_WITHHOLDING, month_of(2026, 8), date(2026, 9, 15), date(2026, 9, 9)),
    ]

    found = _next(filings, date(2026, 9, 17))

    assert found.due_on == date(2026, 10, 26) and not found.provisional
    assert set(found.taxes) == {Tax.VAT, Tax.IIT_WITHHOLDING}
    assert set(found.periods) == {quarter_of(2026, 3), month_of(2026, 9)}


def test_next_deadline_is_found_although_the_record_stopped_months_ago() -> None:
    old = _filing(Tax.VAT, month_of(2026, 3), date(2026, 4, 20), date(2026, 4, 9))

    assert _next([old], date(2026, 9, 17)).due_on == date(2026, 10, 26)


def test_next_deadline_of_a_firm_without_filings_follows_its_cycle() -> None:
    assert _next([], date(2026, 9, 17)).periods == (quarter_of(2026, 3),)
    assert _next([], date(2026, 9, 17), FilingCycle.MONTHLY).periods == (month_of(2026, 9),)


def test_next_deadline_without_announced_days_is_provisional_and_on_a_workday() -> None:
    found = next_deadline([], FilingCycle.MONTHLY, None, date(2026, 7, 20))

    assert found is not None
    assert (found.due_on, found.provisional) == (date(2026, 8, 17), True)  # the 15th: Saturday


def test_a_deregistered_firm_has_no_next_deadline(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        view = _view(session, status=EnterpriseStatus.DEREGISTERED)

        assert view.next_deadline(date(2026, 9, 17)) is None


def _payment(tax: Tax, paid_on: date, amount: str, kind: PaymentKind = PaymentKind.TAX) -> Payment:
    period = month_of(2026, 1)
    return Payment(
        tax=tax,
        period_first=period.first,
        period_last=period.last,
        paid_on=paid_on,
        amount_yuan=Decimal(amount),
        kind=kind,
    )


def test_tax_paid_counts_the_calendar_year_by_tax_and_kind_to_the_fen(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        view = _view(
            session,
            _payment(Tax.VAT, date(2025, 12, 31), "999.99"),
            _payment(Tax.VAT, date(2026, 1, 1), "0.10"),
            _payment(Tax.VAT, date(2026, 12, 31), "0.20"),
            _payment(Tax.VAT, date(2026, 5, 6), "1.05", PaymentKind.SURCHARGE_LATE),
            _payment(Tax.CIT, date(2026, 5, 6), "9999999999999.99"),
            _payment(Tax.CIT, date(2026, 5, 6), "200", PaymentKind.PENALTY),
        )
        paid = [
            (each.tax, each.tax_yuan, each.surcharge_late_yuan, each.penalty_yuan)
            for each in view.tax_paid(2026)
        ]

    zero = Decimal(0)
    assert paid == [
        (Tax.VAT, Decimal("0.30"), Decimal("1.05"), zero),
        (Tax.CIT, Decimal("9999999999999.99"), zero, Decimal("200.00")),
    ]


def test_arrears_count_the_days_of_delay_from_the_first(sessions: Sessions) -> None:
    period = quarter_of(2026, 2)
    owed = Arrears(
        tax=Tax.VAT,
        period_first=period.first,
        period_last=period.last,
        amount_yuan=Decimal("1200.50"),
        since=date(2026, 7, 16),
        surcharge_basis_yuan=Decimal("1200.50"),
    )
    with transaction(sessions) as session:
        view = _view(session, owed)

        assert view.arrears(date(2026, 7, 15)) == []
        assert view.arrears(date(2026, 7, 16))[0].days == 1
        [item] = view.arrears(date(2026, 9, 17))

    assert (item.amount_yuan, item.days, item.period) == (Decimal("1200.50"), 64, period)


def test_latest_rating_quota_and_reliefs_are_told_as_on_record(sessions: Sessions) -> None:
    def used(quarter: int, year: int = 2026) -> ReliefUse:
        period = quarter_of(year, quarter)
        return ReliefUse(
            relief="cit.small_low_profit",
            period_first=period.first,
            period_last=period.last,
            amount_yuan=Decimal("100.10"),
        )

    quota = InvoiceQuota(month=date(2026, 9, 1), quota_yuan=Decimal(300000), used_yuan=Decimal(7))
    with transaction(sessions) as session:
        view = _view(
            session,
            Rating(year=2024, grade=Grade.C, score=Decimal(50)),
            Rating(year=2025, grade=Grade.B, score=Decimal("81.5")),
            quota,
            used(1),
            used(2),
            used(4, 2025),
        )
        rating = view.latest_rating()
        september, october = (view.invoice_quota(date(2026, month, 17)) for month in (9, 10))
        [relief] = view.reliefs_used(2026)

    assert rating is not None and (rating.year, rating.grade) == (2025, Grade.B)
    assert september is not None and september.left_yuan == Decimal("299993.00")
    assert october is None
    assert (relief.amount_yuan, relief.periods) == (Decimal("200.20"), 2)


def test_a_firm_without_history_has_nothing_to_tell_and_breaks_nothing(sessions: Sessions) -> None:
    today = date(2026, 9, 17)
    with transaction(sessions) as session:
        view = _view(session)

        assert view.filing_state(today) == view.overdue_filings(today) == view.arrears(today) == []
        assert view.tax_paid(2026) == view.reliefs_used(2026) == []
        assert view.latest_rating() is None and view.invoice_quota(today) is None


def test_one_period_of_one_tax_is_filed_once(sessions: Sessions) -> None:
    twice = [_filing(Tax.VAT, month_of(2026, 8), date(2026, 9, 15), None) for _ in range(2)]

    with pytest.raises(IntegrityError), transaction(sessions) as session:
        _view(session, *twice)


def test_every_code_of_the_record_has_a_chinese_label() -> None:
    from enterprises import kinds

    by_kind = {
        "subject": kinds.Subject,
        "taxpayer_type": kinds.TaxpayerType,
        "filing_cycle": kinds.FilingCycle,
        "status": kinds.EnterpriseStatus,
        "role": kinds.Role,
        "tax": kinds.Tax,
        "filing_state": kinds.FilingStatus,
        "payment_kind": kinds.PaymentKind,
        "grade": kinds.Grade,
    }
    for kind, codes in by_kind.items():
        assert set(labels()[kind]) == {code.value for code in codes}, kind
    assert label("tax", Tax.VAT) == "增值税"
