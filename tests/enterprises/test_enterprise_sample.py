"""The sample record: plainly invented, plausible, the same every time."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from stdnum.cn import uscc as independent

from core.database import Base, Sessions, transaction
from core.secrets import Keys
from enterprises.kinds import EnterpriseStatus, FilingStatus, Grade, Role, Subject, Tax
from enterprises.labels import labels
from enterprises.sample import FIRMS_OF_THE_BOOKKEEPER, load_sample
from enterprises.sample_firms import sample_file, sample_firms
from enterprises.service import access_firm_for_staff
from enterprises.tables import (
    Arrears,
    Enterprise,
    EnterpriseRole,
    Filing,
    InvoiceQuota,
    Payment,
    Person,
    Rating,
    ReliefUse,
)
from enterprises.view import FirmView

LOADED = datetime(2026, 11, 21, 2, tzinfo=UTC)
TODAY = date(2026, 11, 21)
HISTORY = (Filing, Payment, Arrears, InvoiceQuota, Rating, ReliefUse)


def _content(sessions: Sessions, tables: tuple[type[Base], ...]) -> Counter[tuple[object, ...]]:
    with sessions() as session:
        return Counter(
            (table.__tablename__, *row)
            for table in tables
            for row in session.execute(
                select(*(column for column in table.__table__.c if column.name != "id"))
            )
        )


def test_at_least_sixty_firms_are_there_every_one_marked_and_of_no_real_region(
    sample: Sessions,
) -> None:
    with sample() as session:
        firms = session.scalars(select(Enterprise)).all()

    assert len(firms) >= 60
    assert all(firm.name.startswith("【示例】") and firm.is_sample for firm in firms)
    assert all(independent.is_valid(firm.uscc) and firm.uscc[2:8] == "990101" for firm in firms)
    assert len({firm.name for firm in firms}) == len({firm.uscc for firm in firms}) == len(firms)


def test_a_hundred_and_twenty_names_are_still_all_different() -> None:
    assert len({firm.name for firm in sample_firms(120)}) == 120


def test_people_are_plainly_invented_and_reachable_under_no_real_number(
    sample: Sessions, keys: Keys
) -> None:
    with sample() as session:
        people = session.scalars(select(Person)).all()

    assert all(person.name.startswith("示例") for person in people)
    assert all(keys.unseal(person.phone_sealed).startswith("1990000") for person in people)
    assert len({person.phone_hash for person in people}) == len(people)


def test_every_firm_has_its_three_roles_and_one_bookkeeper_serves_fifty(sample: Sessions) -> None:
    with sample() as session:
        roles = session.execute(select(EnterpriseRole.enterprise_id, EnterpriseRole.role)).all()
        clerks = Counter(
            session.scalars(
                select(EnterpriseRole.person_id).where(EnterpriseRole.role == Role.TAX_CLERK)
            )
        )
        firms = session.scalar(select(func.count(Enterprise.id)))

    assert len(set(roles)) == len(roles) == 3 * (firms or 0)
    assert max(clerks.values()) == FIRMS_OF_THE_BOOKKEEPER == 50


def test_the_sample_shows_every_kind_of_business_and_every_case(sample: Sessions) -> None:
    firms = sample_firms(64)
    assert {firm.kind.suffix for firm in firms} == {
        kind.suffix for kind in sample_file().kinds.values()
    }

    with sample() as session:
        stored = session.scalars(select(Enterprise)).all()
        assert {firm.subject for firm in stored} == set(Subject)
        assert {firm.status for firm in stored} == set(EnterpriseStatus)
        assert len({(firm.taxpayer_type, firm.filing_cycle) for firm in stored}) == 3
        assert set(session.scalars(select(Rating.grade))) == set(Grade)
        assert set(session.scalars(select(Filing.state))) >= {
            FilingStatus.FILED,
            FilingStatus.OVERDUE,
            FilingStatus.CORRECTED,
        }
        assert session.scalar(select(func.count(Arrears.id)))
        assert set(session.scalars(select(ReliefUse.relief))) == set(labels()["relief"])
        zero_filers = session.scalars(
            select(Filing.enterprise_id)
            .where(Filing.tax == Tax.VAT, Filing.filed_on.is_not(None))
            .group_by(Filing.enterprise_id)
            .having(func.max(Filing.sales_yuan) == 0)
        ).all()
        assert zero_filers


def test_the_history_is_plausible(sample: Sessions) -> None:
    with sample() as session:
        for filing in session.scalars(select(Filing)):
            assert filing.period_first >= date(2024, 1, 1) and filing.period_last < TODAY
            assert filing.due_on > filing.period_last
            assert (filing.filed_on is None) == (filing.tax_payable_yuan is None)
            if filing.filed_on is not None:
                assert filing.period_last < filing.filed_on <= TODAY
            else:
                overdue = filing.due_on < TODAY
                assert filing.state is (FilingStatus.OVERDUE if overdue else FilingStatus.PENDING)
        for payment in session.scalars(select(Payment)):
            assert payment.amount_yuan > 0 and payment.period_last < payment.paid_on <= TODAY
        for quota in session.scalars(select(InvoiceQuota)):
            assert Decimal(0) <= quota.used_yuan <= quota.quota_yuan
        for rating in session.scalars(select(Rating)):
            floor = {Grade.A: 90, Grade.B: 70, Grade.M: 70, Grade.C: 40}.get(rating.grade)
            assert rating.year <= 2025
            assert floor is None or (rating.score is not None and rating.score >= floor)


def test_a_firm_in_arrears_has_paid_that_tax_for_every_other_period_only(sample: Sessions) -> None:
    with sample() as session:
        owed = {
            (row.enterprise_id, row.tax, row.period_first)
            for row in session.scalars(select(Arrears))
        }
        paid = {
            (row.enterprise_id, row.tax, row.period_first)
            for row in session.scalars(select(Payment))
        }

    assert owed and not owed & paid


def test_loading_again_changes_nothing(sample: Sessions, keys: Keys) -> None:
    tables = (Enterprise, Person, EnterpriseRole, *HISTORY)
    before = _content(sample, tables)

    with transaction(sample) as session:
        assert load_sample(session, now=LOADED, keys=keys) == 0

    assert _content(sample, tables) == before


def test_another_machine_gets_the_same_history_within_three_seconds(
    sample: Sessions, sessions: Sessions
) -> None:
    started = time.monotonic()
    with transaction(sessions) as session:
        load_sample(session, now=LOADED, keys=Keys("another machine has another root key"))
    took = time.monotonic() - started

    assert _content(sessions, HISTORY) == _content(sample, HISTORY)
    assert took < 3


def test_a_later_load_brings_the_history_up_to_date_and_keeps_what_was_filed(
    sample: Sessions, keys: Keys
) -> None:
    def filed(sessions: Sessions) -> set[tuple[object, ...]]:
        with sessions() as session:
            rows = session.execute(
                select(
                    Filing.enterprise_id, Filing.tax, Filing.period_first, Filing.period_last,
                    Filing.filed_on, Filing.sales_yuan,
                ).where(
                    Filing.filed_on.is_not(None), Filing.period_last < TODAY - timedelta(days=200)
                )
            )  # fmt: skip
            return {tuple(row) for row in rows}

    before = filed(sample)

    with transaction(sample) as session:
        load_sample(session, now=LOADED + timedelta(days=60), keys=keys)

    assert before <= filed(sample)
    with sample() as session:
        assert session.scalar(select(func.max(InvoiceQuota.month))) == date(2027, 1, 1)


def test_announced_days_stand_in_the_record(sessions: Sessions, keys: Keys) -> None:
    with transaction(sessions) as session:
        load_sample(
            session,
            now=LOADED,
            keys=keys,
            deadlines=lambda year, month: date(year, month, 26) if month == 10 else None,
        )
        days = set(
            session.scalars(
                select(Filing.due_on).where(
                    Filing.period_last == date(2026, 9, 30), Filing.tax == Tax.VAT
                )
            )
        )

    assert days == {date(2026, 10, 26)}


def test_every_question_about_a_firm_can_be_asked_of_every_sample_firm(sample: Sessions) -> None:
    with transaction(sample) as session:
        for enterprise in session.scalars(select(Enterprise)).all():
            view: FirmView = access_firm_for_staff(
                session,
                staff="li",
                enterprise_id=enterprise.id,
                conversation_id=1,
                now=LOADED,
            )
            deadline = view.next_deadline(TODAY)
            closed = enterprise.status is EnterpriseStatus.DEREGISTERED
            assert (deadline is None) == closed
            assert deadline is None or deadline.due_on > TODAY
            assert view.filing_state(TODAY)
            assert view.profile.uscc == enterprise.uscc
            view.tax_paid(2026), view.arrears(TODAY), view.latest_rating()
            view.invoice_quota(TODAY), view.reliefs_used(2026), view.overdue_filings(TODAY)
