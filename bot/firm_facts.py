"""What the record of a firm says, in sentences (企业档案的说法): one function for each topic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from bot.sentences import say
from core.money import spoken
from enterprises.labels import label
from enterprises.view import FilingState, FirmView

_DAYS_LISTED = 6


def filing(view: FirmView, today: date) -> list[str]:
    """What is overdue, where each tax stands, and the next day to file by."""
    lines = [say("utter_firm_overdue", **_said(state)) for state in view.overdue_filings(today)]
    late = {(state.tax, state.period) for state in view.overdue_filings(today)}
    lines += [
        say("utter_firm_filing", **_said(state))
        for state in view.filing_state(today)
        if (state.tax, state.period) not in late
    ]
    return [*lines[:_DAYS_LISTED], _next_deadline(view, today)]


def paid(view: FirmView, today: date) -> list[str]:
    """What was paid this calendar year, by tax."""
    rows = view.tax_paid(today.year)
    if not rows:
        return [say("utter_firm_paid_nothing", year=today.year)]
    total = sum((row.tax_yuan for row in rows), Decimal(0))
    lines = [say("utter_firm_paid", year=today.year, total=spoken(total))]
    for row in rows:
        lines.append(
            say("utter_firm_paid_tax", tax=label("tax", row.tax), amount=spoken(row.tax_yuan))
        )
        if row.surcharge_late_yuan or row.penalty_yuan:
            extra = {
                "late": spoken(row.surcharge_late_yuan),
                "penalty": spoken(row.penalty_yuan),
            }
            lines.append(say("utter_firm_paid_extra", **extra))
    return lines


def arrears(view: FirmView, today: date) -> list[str]:
    """What is owed, since when, and what to do about it."""
    rows = view.arrears(today)
    if not rows:
        return [say("utter_firm_no_arrears")]
    lines = [
        say(
            "utter_firm_arrears",
            tax=label("tax", row.tax),
            period=row.period.label,
            amount=spoken(row.amount_yuan),
            since=_day(row.since),
            days=row.days,
        )
        for row in rows
    ]
    return [*lines, say("utter_firm_arrears_what_to_do")]


def rating(view: FirmView, today: date) -> list[str]:
    """The last tax credit rating."""
    last = view.latest_rating()
    if last is None:
        return [say("utter_firm_no_rating")]
    return [say("utter_firm_rating", year=last.year, grade=label("grade", last.grade))]


def quota(view: FirmView, today: date) -> list[str]:
    """What may still be invoiced this month."""
    row = view.invoice_quota(today)
    if row is None:
        return [say("utter_firm_no_quota")]
    return [
        say(
            "utter_firm_quota",
            month=f"{row.month.year}年{row.month.month}月",
            quota=spoken(row.quota_yuan),
            used=spoken(row.used_yuan),
            left=spoken(row.left_yuan),
        )
    ]


def reliefs(view: FirmView, today: date) -> list[str]:
    """The reliefs used for periods that end this year."""
    rows = view.reliefs_used(today.year)
    if not rows:
        return [say("utter_firm_no_reliefs", year=today.year)]
    return [say("utter_firm_reliefs", year=today.year)] + [
        say(
            "utter_firm_relief",
            relief=label("relief", row.relief),
            amount=spoken(row.amount_yuan),
            periods=row.periods,
        )
        for row in rows
    ]


def overview(view: FirmView, today: date) -> list[str]:
    """The firm in a few lines, for a question that names no topic."""
    profile = view.profile
    kinds = (
        label("subject", profile.subject),
        label("taxpayer_type", profile.taxpayer_type),
        label("filing_cycle", profile.filing_cycle),
    )
    return [
        say("utter_firm_profile", kinds="、".join(kinds), status=label("status", profile.status)),
        *(say("utter_firm_overdue", **_said(each)) for each in view.overdue_filings(today)),
        _next_deadline(view, today),
        *arrears(view, today)[:1],
        *rating(view, today),
    ]


#: What is told on each topic of ``words.yml``.
FACTS: dict[str, Callable[[FirmView, date], list[str]]] = {
    "filing": filing,
    "paid": paid,
    "arrears": arrears,
    "rating": rating,
    "quota": quota,
    "reliefs": reliefs,
}


def _next_deadline(view: FirmView, today: date) -> str:
    due = view.next_deadline(today)
    if due is None:
        return say("utter_firm_no_deadline")
    name = "utter_firm_deadline_provisional" if due.provisional else "utter_firm_deadline"
    taxes = "、".join(label("tax", tax) for tax in due.taxes)
    periods = "、".join(period.label for period in due.periods)
    return say(name, due_on=_day(due.due_on), taxes=taxes, periods=periods)


def _said(state: FilingState) -> dict[str, str]:
    return {
        "tax": label("tax", state.tax),
        "period": state.period.label,
        "state": label("filing_state", state.state),
        "due_on": _day(state.due_on),
    }


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
