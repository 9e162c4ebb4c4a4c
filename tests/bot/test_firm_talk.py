"""What is on record of one's own firm (查询本企业), as the talk tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from core.database import reading
from core.money import spoken
from enterprises.binding_tables import CurrentFirm
from enterprises.kinds import PaymentKind
from enterprises.service import READ
from enterprises.tables import Arrears, Enterprise, Filing, InvoiceQuota, Payment, Rating
from tests.bot.talks import Said, Visit

Visits = Callable[..., Visit]
YEAR = 2026


def ask(talk: Visit, text: str) -> Said:
    return talk.say("action_answer_about_firm", text, act="ask_my_firm")


def firm_with(talk: Visit, table: type, **values: object) -> Enterprise:
    """A sample firm that has such a row."""
    with reading(talk.services.sessions) as session:
        row = session.query(table).filter_by(**values).order_by(table.id).first()
        assert row is not None
        return session.get_one(Enterprise, row.enterprise_id)


def test_without_a_binding_nothing_is_told_but_how_to_bind(visit: Visits):
    talk = visit()
    said = ask(talk, "我们公司欠税吗")

    assert said.outcome == "refused_personal_data" and said.labels == ["绑定企业"]
    assert READ not in talk.deeds() and said.events == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("我们公司什么时候申报", "下一个申报截止日"),
        ("我们公司今年交了多少税", "2026年"),
        ("我们公司有没有欠税", "欠"),
        ("我们公司发票额度还剩多少", "额度"),
        ("我们公司信用等级", "信用级别"),
        ("我们公司享受了哪些优惠", "优惠"),
        ("看看我们公司的情况", "状态"),
    ],
)
def test_every_topic_is_told_with_the_firms_name_and_audited_once(
    visit: Visits, text: str, told: str
):
    talk = visit()
    firm = talk.bind(talk.firms()[0].uscc)
    said = ask(talk, text)

    assert said.outcome == "firm_fact"
    assert said.text.startswith(firm.name) and told in said.text
    assert "示例" in (said.parts[0]["caution"] or "")
    assert talk.deeds().count(READ) == 1
    assert all(label not in text for label in said.labels)


def test_called_twice_it_looks_once(visit: Visits):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    first = ask(talk, "我们公司有没有欠税")
    again = talk.say("action_answer_about_firm", "x", turn_id=first.turn_id)

    assert again.parts == first.parts and talk.deeds().count(READ) == 1


def test_arrears_are_told_with_amount_days_and_what_to_do(visit: Visits):
    talk = visit()
    firm = firm_with(talk, Arrears)
    talk.bind(firm.uscc)
    said = ask(talk, "我们公司有没有欠税")
    with reading(talk.services.sessions) as session:
        rows = session.query(Arrears).filter_by(enterprise_id=firm.id).all()

    for row in rows:
        days = (date(2026, 11, 20) - row.since).days + 1
        assert spoken(row.amount_yuan) in said.text and f"{days}天" in said.text
    assert "缴清" in said.text


def test_an_overdue_filing_comes_first(visit: Visits):
    talk = visit()
    firm = firm_with(talk, Filing, filed_on=None)
    talk.bind(firm.uscc)
    said = ask(talk, "我们公司申报了没有")
    with reading(talk.services.sessions) as session:
        unfiled = session.query(Filing).filter_by(enterprise_id=firm.id, filed_on=None).all()
    overdue = [each for each in unfiled if each.due_on < date(2026, 11, 20)]

    lines = said.text.splitlines()[1:]
    assert overdue
    assert all("逾期未申报" in line for line in lines[: len(overdue)])
    assert not any("逾期未申报" in line for line in lines[len(overdue) :])


def test_a_deadline_that_is_not_announced_is_marked_provisional(visit: Visits):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    said = ask(talk, "我们公司什么时候申报")

    assert "2027年1月15日（暂定" in said.text


def test_taxes_paid_add_up(visit: Visits):
    talk = visit()
    firm = firm_with(talk, Payment, kind=PaymentKind.TAX)
    talk.bind(firm.uscc)
    said = ask(talk, "我们公司今年交了多少税")
    with reading(talk.services.sessions) as session:
        rows = session.query(Payment).filter_by(enterprise_id=firm.id, kind=PaymentKind.TAX)
        paid = [row.amount_yuan for row in rows if row.paid_on.year == YEAR]

    assert paid and f"合计{spoken(sum(paid))}" in said.text


def test_the_rating_and_the_quota_are_those_on_record(visit: Visits):
    talk = visit()
    firm = firm_with(talk, Rating)
    talk.bind(firm.uscc)
    with reading(talk.services.sessions) as session:
        rating = (
            session.query(Rating)
            .filter_by(enterprise_id=firm.id)
            .order_by(Rating.year.desc())
            .first()
        )
        quota = (
            session.query(InvoiceQuota)
            .filter_by(enterprise_id=firm.id, month=date(2026, 11, 1))
            .one()
        )

    assert rating is not None
    assert (
        f"{rating.year}年度纳税缴费信用级别：{rating.grade.value}级" in ask(talk, "信用等级").text
    )
    left = spoken(quota.quota_yuan - quota.used_yuan)
    assert f"还剩{left}" in ask(talk, "我们公司发票额度还剩多少").text


def test_with_firms_but_none_chosen_it_asks_which(visit: Visits):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    with talk.services.sessions.begin() as session:
        session.query(CurrentFirm).delete()
    said = ask(talk, "我们公司欠税吗")

    assert said.outcome == "clarifying" and said.labels == ["选择企业"]


def test_one_visitors_binding_shows_nothing_to_another(visit: Visits):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    stranger = visit(identity_key="web:visitor-2")

    assert ask(stranger, "我们公司欠税吗").outcome == "refused_personal_data"
