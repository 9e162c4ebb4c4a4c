"""Figures of appeals at the desk (诉求统计接口): counted for a page, or as a workbook to keep."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appeals.figures import BY, Told, check_by, read_figures
from appeals.figures_book import Made, book_name, write_book
from appeals.figures_period import Period, read_period
from appeals.figures_tally import Figures
from appeals.figures_words import figures_meant, rules_meant, words
from core.audit import write_audit
from core.clock import china_date
from core.database import reading
from desk.door import answer, change, for_staff
from desk.keys import SERVICES
from desk.sessions import Officer
from desk.staff import staff_names

#: One count at a time in a process: it reads every case of a period.
IN_TURN = web.AppKey("figures_in_turn", asyncio.Semaphore)
#: Who may see figures; those of single officers only whoever supervises.
READERS = ("agent", "supervisor", "deputy_head")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@for_staff(*READERS)
async def show_figures(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /figures?from=&to=&by=: a period, its groups, its weeks and the period before."""
    services = request.app[SERVICES]
    period, by = _period(request), request.query.get("by", BY[0])
    check_by(by, supervises=officer.supervises)
    told, before = await _count(request, period, tuple(dict.fromkeys((by, "week", "kind"))))
    return answer(
        {
            "as_of": services.clock().isoformat(),
            "period": _span(period),
            "before": {**_span(before.period), "total": _row(before.total)},
            "total": _row(told.total),
            "by": by,
            "rows": [_row(each) for each in told.groups[by]],
            "weeks": [_row(each) for each in told.groups["week"]],
            "kinds": [_row(each) for each in told.groups["kind"]],
            "answers_took": told.answers_took,
            "minutes_a_day": told.minutes_a_day,
            **_meanings(officer),
        }
    )


@for_staff(*READERS)
async def export_figures(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /figures/export?from=&to=: the same as XLSX; who took it is noted."""
    services, period = request.app[SERVICES], _period(request)
    now = services.clock()
    by = tuple(each for each in BY if each != "officer" or officer.supervises)
    told, before = await _count(request, period, by)
    made = Made(now, officer.name)
    content = await asyncio.get_running_loop().run_in_executor(
        services.executor, lambda: write_book(told, before, made)
    )
    await change(
        request,
        lambda session: write_audit(
            session,
            actor=officer.actor,
            deed="appeals.figures.exported",
            subject=f"figures:{period.first}:{period.last}",
            now=now,
            cases=told.total.values["filed"],
            by_officer=officer.supervises,
        ),
    )
    return web.Response(
        body=content,
        content_type=_XLSX,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(book_name(period))}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _count(request: web.Request, period: Period, by: tuple[str, ...]) -> tuple[Told, Told]:
    """Count a period and the one before it off the event loop, in one look at the database."""
    services = request.app[SERVICES]
    now, bureau = services.clock(), services.bureau

    def work() -> tuple[Told, Told]:
        common: dict[str, Any] = {"hours": bureau.hours, "region": bureau.region, "now": now}
        with reading(services.sessions) as session:
            told = read_figures(session, period, by=by, names=staff_names(session), **common)
            return told, read_figures(session, period.before(), by=(), **common)

    async with request.app[IN_TURN]:
        return await asyncio.get_running_loop().run_in_executor(services.executor, work)


def _period(request: web.Request) -> Period:
    today = china_date(request.app[SERVICES].clock())
    first, last = (request.query.get(name, "") for name in ("from", "to"))
    return read_period(first, last, today=today)


def _meanings(officer: Officer) -> dict[str, Any]:
    known = words()
    return {
        "groupings": [
            {"code": code, "label": known["by"][code]}
            for code in BY
            if code != "officer" or officer.supervises
        ],
        "figures": [each.model_dump() for each in figures_meant()],
        "figure_groups": [
            {"code": code, "label": label} for code, label in known["groups"].items()
        ],
        "rules": [each.model_dump() for each in rules_meant()],
        "hidden": known["hidden"].format(least=known["least_cell"]),
    }


def _span(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _row(each: Figures) -> dict[str, Any]:
    return {
        "key": each.key,
        "label": each.label,
        "values": each.values,
        "rounds": each.rounds,
        "ratings": each.ratings,
        "hidden": each.is_hidden,
    }
