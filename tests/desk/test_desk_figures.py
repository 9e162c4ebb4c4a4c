"""Figures of appeals at the desk (统计): who may see them, what is refused, what is exported."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from appeals.access import access_appeal_for_staff
from appeals.moves import accept_appeal, answer_appeal, confirm_appeal
from core.audit import AuditLine, first_broken_line
from core.database import reading, transaction
from tests.desk.bench import Bench

MONTH = "from=2026-09-01&to=2026-09-30"
SECRETS = ("六税两费没有减半", "城建税没有减半", "13800138000", "web:")


def settle(bench: Bench, number: str, *, rating: int | None = None, by: str = "agent01") -> None:
    with transaction(bench.sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        common = {"appeal": appeal, "actor": f"staff:{by}", "now": bench.now}
        accept_appeal(session, **common)
        answer_appeal(session, **common, text="已更正。")
        confirm_appeal(
            session, appeal=appeal, actor=appeal.identity_key, now=bench.now, rating=rating
        )


async def test_a_month_is_counted_by_kind_with_the_month_before_beside_it(bench, sign_in):
    bench.now -= timedelta(days=30)
    bench.appeal()
    bench.now += timedelta(days=30)
    for rating in (5, 4, 1):
        settle(bench, bench.appeal(contact="13800138000"), rating=rating)
    bench.appeal(kind="procedure")
    page = await sign_in("agent01")

    told = await page.read(f"/figures?{MONTH}&by=kind")

    assert [(row["key"], row["values"]["filed"]) for row in told["rows"]] == [
        ("consultation", 3),
        ("procedure", 1),
    ]
    assert told["rows"][0]["values"]["satisfied_share"] == 0.6667
    assert told["total"]["values"]["filed"] == 4
    assert (told["before"]["from"], told["before"]["to"]) == ("2026-08-01", "2026-08-31")
    assert told["before"]["total"]["values"]["filed"] == 1
    assert {each["code"] for each in told["figures"]} == set(told["total"]["values"])
    assert all(each["meaning"] for each in told["figures"])


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-09-30&to=2026-09-01", "不能晚于"),
        ("from=2026-9-1&to=2026-09-30", "2026-11-01"),
        ("from=&to=2026-09-30", "2026-11-01"),
        ("to=2026-09-30", "2026-11-01"),
        ("from=20260901&to=20260930", "2026-11-01"),
        ("from=2026-09-31&to=2026-10-01", "2026-11-01"),
        ("from=2026-10-01&to=2026-10-31", "还没有到"),
        ("from=1999-01-01&to=1999-12-31", "2000"),
        ("from=2020-01-01&to=2026-09-30", "缩短"),
        (f"{MONTH}&by=taxpayer", "分组"),
    ],
)
async def test_a_period_that_is_none_is_refused_with_what_to_do(bench, sign_in, query, says):
    page = await sign_in("supervisor01")

    for path in ("/figures", "/figures/export"):
        if "by=" in query and path.endswith("export"):
            continue
        refused = await page.get(f"{path}?{query}")
        assert refused.status == 400
        assert says in (await refused.json())["error"]["message"]


async def test_single_officers_are_shown_to_supervisors_alone(bench, sign_in):
    for _ in range(3):
        settle(bench, bench.appeal(), rating=5)
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")

    refused = await agent.get(f"/figures?{MONTH}&by=officer")
    told = await supervisor.read(f"/figures?{MONTH}&by=officer")
    agents_choice = (await agent.read(f"/figures?{MONTH}"))["groupings"]

    assert refused.status == 403
    assert [(row["label"], row["values"]["filed"]) for row in told["rows"]] == [("示例坐席", 3)]
    assert "officer" not in {each["code"] for each in agents_choice}
    assert "officer" in {each["code"] for each in told["groupings"]}


@pytest.mark.parametrize("login", ["editor01", "admin01"])
async def test_figures_are_not_for_who_does_not_work_on_appeals(bench, sign_in, login):
    page = await sign_in(login)

    assert (await page.get(f"/figures?{MONTH}")).status == 403
    assert (await page.get(f"/figures/export?{MONTH}")).status == 403


async def test_who_is_not_signed_in_gets_neither_figures_nor_a_file(bench, open_page):
    page = open_page()

    assert (await page.get(f"/figures?{MONTH}")).status == 401
    assert (await page.get(f"/figures/export?{MONTH}")).status == 401


async def test_an_export_names_no_taxpayer_and_is_audited(bench, sign_in):
    settle(bench, bench.appeal(contact="13800138000"), rating=5)
    supervisor = await sign_in("supervisor01")

    response = await supervisor.get(f"/figures/export?{MONTH}")
    book = load_workbook(io.BytesIO(await response.read()))

    assert response.status == 200
    assert "filename*=UTF-8''" in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert book.sheetnames == ["总览", "分类", "周", "定义"]
    text = " ".join(str(c.value) for s in book for row in s.iter_rows() for c in row)
    assert not [secret for secret in SECRETS if secret in text]
    assert "2026-09-01 至 2026-09-30" in text and "2026-09-17 01:30:00" in text
    with reading(bench.sessions) as session:
        line = session.scalars(
            select(AuditLine).where(AuditLine.deed == "appeals.figures.exported")
        ).one()
        assert (line.actor, line.data["cases"]) == ("staff:supervisor01", 1)
        assert first_broken_line(session) is None


async def test_the_export_of_an_agent_holds_no_single_officer(bench, sign_in):
    settle(bench, bench.appeal(), rating=5)
    agent = await sign_in("agent01")

    response = await agent.get(f"/figures/export?{MONTH}")
    book = load_workbook(io.BytesIO(await response.read()))

    assert "承办人" not in {row[0].value for row in book["分类"].iter_rows(min_row=2)}
    assert "示例坐席" not in {row[1].value for row in book["分类"].iter_rows(min_row=2)}


async def test_an_empty_period_is_told_as_empty(bench, sign_in):
    page = await sign_in("agent01")

    told = await page.read("/figures?from=2025-01-01&to=2025-01-31")

    assert told["rows"] == [] and told["weeks"] == []
    assert told["total"]["values"]["filed"] == 0
    assert told["total"]["values"]["on_time_share"] is None
