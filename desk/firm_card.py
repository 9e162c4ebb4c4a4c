"""The firm's card beside a talk or an appeal (企业卡片); every look at it is audited."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.clock import china_date
from core.masking import masked_uscc
from desk.labels import label, say
from desk.sessions import Officer
from enterprises.kinds import Role
from enterprises.labels import label as firm_label
from enterprises.service import access_firm_for_staff
from enterprises.view import FirmView
from policy_rules.deadlines import announced_deadline


def _deadline(year: int, month: int) -> date | None:
    """The last filing day of a month as announced, or None where the year is not out."""
    return announced_deadline(date(year, month, 1))


def firm_card(
    session: Session,
    officer: Officer,
    enterprise_id: int,
    *,
    now: datetime,
    role: Role | None = None,
    conversation_id: int | None = None,
    appeal_number: str | None = None,
) -> dict[str, Any]:
    """Read a firm for an officer.

    Args:
        session: Open session that may write; the look is audited.
        officer: Who looks.
        enterprise_id: Which firm.
        now: The moment.
        role: What the taxpayer is to the firm.
        conversation_id: The talk it is read for, or
        appeal_number: the appeal.
    """
    view = access_firm_for_staff(
        session,
        staff=officer.login,
        enterprise_id=enterprise_id,
        conversation_id=conversation_id,
        appeal_number=appeal_number,
        now=now,
        deadlines=_deadline,
    )
    today, profile = china_date(now), view.profile
    rating = view.latest_rating()
    return {
        "enterprise_id": profile.enterprise_id,
        "name": profile.name,
        "uscc_masked": masked_uscc(profile.uscc),
        "role_label": firm_label("role", role.value) if role else None,
        "is_sample": profile.is_sample,
        "profile": _profile(view),
        "filings": _filings(view, today),
        "next_deadline": _next_deadline(view, today),
        "arrears": [
            {
                "tax": firm_label("tax", each.tax.value),
                "period": each.period.label,
                "amount": _yuan(each.amount_yuan),
                "days": each.days,
            }
            for each in view.arrears(today)
        ],
        "rating": {"year": rating.year, "grade": firm_label("grade", rating.grade.value)}
        if rating
        else None,
        **_money(view, today),
    }


def _profile(view: FirmView) -> list[dict[str, str]]:
    profile = view.profile
    size = say("firm", "size_text", headcount=profile.headcount, assets=_yuan(profile.assets_yuan))
    values = {
        "taxpayer_type": firm_label("taxpayer_type", profile.taxpayer_type.value),
        "subject": firm_label("subject", profile.subject.value),
        "status": firm_label("status", profile.status.value),
        "filing_cycle": firm_label("filing_cycle", profile.filing_cycle.value),
        "industry": profile.industry,
        "small": label("firm", "is_small" if profile.is_small_low_profit else "not_small"),
        "size": size,
        "registered": profile.registered_on.isoformat(),
        "authority": profile.competent_authority,
    }
    return [{"label": label("firm", name), "value": value} for name, value in values.items()]


def _filings(view: FirmView, today: date) -> list[dict[str, Any]]:
    """The last filing of each tax, and everything overdue before it."""
    late = view.overdue_filings(today)
    shown = [*late, *(each for each in view.filing_state(today) if each not in late)]
    return [
        {
            "tax": firm_label("tax", each.tax.value),
            "period": each.period.label,
            "state": each.state.value,
            "state_label": firm_label("filing_state", each.state.value),
            "due_on": each.due_on.isoformat(),
        }
        for each in shown
    ]


def _next_deadline(view: FirmView, today: date) -> dict[str, Any] | None:
    deadline = view.next_deadline(today)
    if deadline is None:
        return None
    return {
        "due_on": deadline.due_on.isoformat(),
        "taxes": [firm_label("tax", tax.value) for tax in deadline.taxes],
        "provisional": deadline.provisional,
    }


def _money(view: FirmView, today: date) -> dict[str, Any]:
    quota = view.invoice_quota(today)
    return {
        "quota": {
            "month": f"{quota.month:%Y-%m}",
            "quota": _yuan(quota.quota_yuan),
            "used": _yuan(quota.used_yuan),
        }
        if quota
        else None,
        "taxes_paid": [
            {"tax": firm_label("tax", each.tax.value), "amount": _yuan(each.tax_yuan)}
            for each in view.tax_paid(today.year)
        ],
        "reliefs": [
            {"label": firm_label("relief", each.relief), "amount": _yuan(each.amount_yuan)}
            for each in view.reliefs_used(today.year)
        ],
    }


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"
