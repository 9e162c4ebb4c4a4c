"""The working calendar at the desk: shown to all, compared and put into force by some."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from appeals.tables import Appeal, AppealMove
from core.audit import AuditLine
from core.calendar import current_calendar, use_calendar
from core.calendar.store import refresh_calendar
from core.database import reading
from core.due_work import DueWork
from tests.calendars import INVENTED_2027

#: 30 December 2026 in China: three working days reach into 2027.
YEARS_END = datetime(2026, 12, 30, 2, tzinfo=UTC)
FILE_2026 = "core/calendar_years/2026.yml"


@pytest.fixture(autouse=True)
def calendar_as_before() -> Iterator[None]:
    before = current_calendar()
    yield
    use_calendar(before)


def rows(bench: Any, table: Any) -> int:
    with reading(bench.sessions) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def corrected_2026() -> str:
    """The year in force with a holiday that was made longer in the middle of the year."""
    with open(FILE_2026, encoding="utf-8") as file:
        text = file.read()
    return text.replace("to: 2026-09-27", "to: 2026-09-28").replace(
        "workdays:", "exception: 为测试延长中秋假期\nworkdays:"
    )


async def test_every_officer_sees_a_year_with_its_source_and_what_is_not_announced(bench, sign_in):
    agent = await sign_in("agent01")

    known = await agent.read("/calendar/2026")
    unknown = await agent.read("/calendar/2027")

    assert known["announced"] and not known["may_import"]
    assert known["source"]["number"] == "国办发明电〔2025〕7号"
    assert {"name": "国庆节", "from": "2026-10-01", "to": "2026-10-07"} in known["holidays"]
    assert known["workdays"][0] == "2026-01-04"
    assert (known["today"], known["versions"]) == ("2026-09-17", [])
    assert [each["year"] for each in known["years"]] == [2024, 2025, 2026, 2027]
    assert [each["announced"] for each in known["years"]] == [True, True, True, False]
    assert not unknown["announced"] and unknown["source"] is None
    assert {"name": "国庆节", "from": "2027-10-01", "to": "2027-10-01"} in unknown["holidays"]


@pytest.mark.parametrize("login", ["agent01", "admin01"])
async def test_who_is_neither_editor_nor_supervisor_changes_nothing(bench, sign_in, login):
    page = await sign_in(login)

    for path in ("/calendar/compare", "/calendar"):
        refused = await page.refused(path, {"text": INVENTED_2027, "revision": 0})
        assert (refused["status"], refused["code"]) == (403, "role_needed")


async def test_comparing_names_days_and_promises_and_changes_nothing(bench, sign_in):
    bench.now = YEARS_END
    moved, firm = bench.appeal(), bench.appeal(detail="另一件事", kind="consultation")
    editor = await sign_in("editor01")
    before = [rows(bench, table) for table in (AppealMove, DueWork, AuditLine)]

    told = await editor.do("/calendar/compare", {"text": INVENTED_2027})

    assert (told["year"], told["announced"], told["unchanged"]) == (2027, False, False)
    assert told["days"][0] == {"day": "2027-01-02", "before": "周末休息", "after": "放假"}
    assert {"day": "2027-02-05", "before": "上班", "after": "放假"} in told["days"]
    assert {"day": "2027-02-14", "before": "周末休息", "after": "调休上班"} in told["days"]
    assert "2027-10-01" not in {each["day"] for each in told["days"]}, "it was off before"
    promises = {each["number"]: each for each in told["appeals"]}
    assert set(promises) == {moved, firm}
    assert told["appeals_total"] == 2
    assert promises[moved]["before"] == {"due_on": "2027-01-05", "provisional": True}
    assert promises[moved]["after"] == {"due_on": "2027-01-05", "provisional": False}
    assert [rows(bench, table) for table in (AppealMove, DueWork, AuditLine)] == before
    with reading(bench.sessions) as session:
        assert session.scalars(select(Appeal.provisional)).all() == [True, True]


async def test_a_year_is_put_into_force_with_who_when_and_what_on_the_trail(bench, sign_in):
    bench.now = YEARS_END
    editor = await sign_in("editor01")

    told = await editor.do("/calendar", {"text": INVENTED_2027, "revision": 0})

    assert told["announced"] and told["may_import"]
    [version] = told["versions"]
    assert (version["version"], version["by"], version["text"]) == (1, "示例编辑", INVENTED_2027)
    with reading(bench.sessions) as session:
        line = session.scalars(select(AuditLine).where(AuditLine.deed.contains("calendar"))).one()
        works = session.scalars(select(DueWork).where(DueWork.kind == "appeals.recount")).all()
    assert (line.actor, line.subject) == ("staff:editor01", "calendar:2027")
    assert "2027-02-14 weekend>make_up" in line.data["days"]
    assert [each.payload for each in works] == [{"firm_too": True}] * 2
    assert refresh_calendar(bench.sessions)
    assert not current_calendar().is_workday(date(2027, 2, 5))
    assert not refresh_calendar(bench.sessions), "nothing new since"


async def test_a_year_in_force_is_corrected_by_another_version(bench, sign_in):
    bench.now = YEARS_END
    supervisor = await sign_in("supervisor01")

    compared = await supervisor.do("/calendar/compare", {"text": corrected_2026()})
    told = await supervisor.do(
        "/calendar", {"text": corrected_2026(), "revision": compared["revision"]}
    )

    assert compared["announced"]
    assert compared["days"] == [{"day": "2026-09-28", "before": "上班", "after": "放假"}]
    assert told["source"]["exception"] == "为测试延长中秋假期"
    refresh_calendar(bench.sessions)
    assert not current_calendar().is_workday(date(2026, 9, 28))


async def test_of_two_who_import_at_once_the_second_is_told(bench, sign_in):
    bench.now = YEARS_END
    first, second = await sign_in("editor01"), await sign_in("supervisor01")
    compared = [
        (await page.do("/calendar/compare", {"text": text}))["revision"]
        for page, text in ((first, INVENTED_2027), (second, corrected_2026()))
    ]
    await first.do("/calendar", {"text": INVENTED_2027, "revision": compared[0]})

    refused = await second.refused("/calendar", {"text": corrected_2026(), "revision": compared[1]})

    assert (refused["status"], refused["code"]) == (409, "calendar_moved")
    assert refused["message"] == "刚刚有人更新了工作日历，请重新比较一遍再确认。"


async def test_the_same_year_again_is_refused(bench, sign_in):
    bench.now = YEARS_END
    editor = await sign_in("editor01")
    with open(FILE_2026, encoding="utf-8") as file:
        text = file.read()

    assert (await editor.do("/calendar/compare", {"text": text}))["unchanged"]
    refused = await editor.refused("/calendar", {"text": text, "revision": 0})

    assert refused["code"] == "calendar_unchanged"


async def test_a_bad_calendar_is_refused_with_every_fault_by_line(bench, sign_in):
    bench.now = YEARS_END
    editor = await sign_in("editor01")
    text = INVENTED_2027.replace("- 2027-05-08", "- 2027-05-07").replace("02-14", "02-30")

    for path, more in (("/calendar/compare", {}), ("/calendar", {"revision": 0})):
        refused = await editor.refused(path, {"text": "\n" + text} | more)
        assert (refused["status"], refused["code"]) == (422, "bad_calendar")
        assert [each["line"] for each in refused["details"]["faults"]] == [17, 19]
        assert "第 19 行：2027-05-07 是周五" in refused["message"]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 20_001}, {"text": 1}, []])
async def test_what_is_no_form_is_refused(bench, sign_in, body):
    editor = await sign_in("editor01")

    assert (await editor.refused("/calendar/compare", body))["code"] == "desk_form_invalid"


@pytest.mark.parametrize("year", ["1999", "20270", "abcd", "2027-01"])
async def test_what_is_no_year_of_the_calendar_is_not_found(bench, sign_in, year):
    agent = await sign_in("agent01")

    assert (await agent.get(f"/calendar/{year}")).status == 404
