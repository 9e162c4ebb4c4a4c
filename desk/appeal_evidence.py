"""What was kept when an appeal was filed (留存证据): turns, the firm's facts, the chain over it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.tables import Appeal, AppealEvidence
from appeals.trail import check_case
from appeals.wording import sentences
from core.audit import AuditLine
from desk.labels import label, outcome_label
from enterprises.labels import label as firm_label

#: Facts that are codes, each with the group of its labels.
_CODED = {
    "taxpayer_type": "taxpayer_type",
    "subject": "subject",
    "filing_cycle": "filing_cycle",
    "status": "status",
}


def turn_kept(each: AppealEvidence) -> dict[str, Any]:
    """One turn as it was when the appeal was filed."""
    return {
        "position": each.position,
        "asked_text": each.asked_text,
        "asked_at": each.asked_at.isoformat() if each.asked_at else None,
        "answer_text": each.answer_text,
        "outcome_label": outcome_label(each.outcome),
        "sources": [
            {
                "document_number": source.get("number"),
                "title": source.get("title"),
                "clause": source.get("clause"),
            }
            for source in each.sources
        ],
        "tax_period": each.tax_period,
        "entries": [
            {"id": entry.get("id"), "version": entry.get("version")} for entry in each.entries
        ],
    }


def chain_state(session: Session, appeal: Appeal) -> dict[str, Any]:
    """Whether the case still reads as it was written (办件链), and what is wrong if not."""
    audited = session.scalars(
        select(AuditLine)
        .where(AuditLine.subject == f"appeal:{appeal.number}")
        .order_by(AuditLine.id.desc())
    )
    head = next((line.data["chain"] for line in audited if "chain" in line.data), None)
    broken = check_case(appeal, head)
    reasons = sentences()["verify"]["reasons"]
    return {
        "holds": broken is None,
        "reason": reasons[broken.reason] if broken else None,
        "moves": len(appeal.moves),
        "head": appeal.chain_head[:12],
    }


def firm_then(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The firm's facts of the day of filing, as an officer reads them; None without a firm."""
    if facts is None:
        return None
    coded = {
        name: firm_label(group, facts[name]) for name, group in _CODED.items() if facts.get(name)
    }
    size = label("firm", "size_text").format(
        headcount=facts.get("headcount", ""),
        assets=f"{Decimal(str(facts.get('assets_yuan', 0))):,.2f}",
    )
    plain = {
        "industry": facts.get("industry"),
        "small": label("firm", "is_small" if facts.get("is_small_low_profit") else "not_small"),
        "size": size,
        "registered": facts.get("registered_on"),
        "authority": facts.get("competent_authority"),
    }
    rows = [(label("firm", name), value) for name, value in {**coded, **plain}.items() if value]
    return {
        "name": facts.get("name"),
        "uscc": facts.get("uscc"),
        "is_sample": bool(facts.get("is_sample")),
        "as_of": facts.get("as_of"),
        "rows": [{"label": name, "value": value} for name, value in [*rows, *_dealings(facts)]],
    }


def _dealings(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the firm had filed, owed, used and was rated, in one line each."""
    rating = facts.get("rating")
    filed = [
        f"{firm_label('tax', each['tax'])} {each['period']} "
        f"{firm_label('filing_state', each['state'])}"
        for each in facts.get("filings", [])
    ]
    owed = [firm_label("tax", tax) for tax in facts.get("owes", [])]
    used = [firm_label("relief", code) for code in facts.get("reliefs_used", [])]
    lines = {
        "rating_then": f"{rating['year']} 年 {firm_label('grade', rating['grade'])}"
        if rating
        else "",
        "filings_then": "；".join(filed),
        "owes_then": "、".join(owed) or label("firm", "owes_nothing"),
        "reliefs_then": "、".join(used),
    }
    return [(label("firm", name), value) for name, value in lines.items() if value]
