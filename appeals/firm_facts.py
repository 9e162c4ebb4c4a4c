"""What was known of the firm when an appeal was filed (企业当时的情况): a snapshot for the case."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import china_date
from core.masking import masked_uscc
from enterprises.tables import Enterprise
from enterprises.view import FirmView


def firm_snapshot(
    session: Session, enterprise_id: int | None, *, now: datetime
) -> dict[str, Any] | None:
    """The firm's facts of this moment, without amounts and people; None without a firm on record.

    Whoever reads the case later sees the firm as it was, whatever has changed since.
    """
    firm = session.get(Enterprise, enterprise_id) if enterprise_id is not None else None
    if firm is None:
        return None
    view, today = FirmView(session, firm, None), china_date(now)
    rating = view.latest_rating()
    told = {
        "enterprise_id": firm.id,
        "name": firm.name,
        "uscc": masked_uscc(firm.uscc),
        "status": firm.status.value,
        "registered_on": firm.registered_on.isoformat(),
        "competent_authority": firm.competent_authority,
        "is_sample": firm.is_sample,
        **view.facts(),
        "rating": {"year": rating.year, "grade": rating.grade.value} if rating else None,
        "filings": [
            {"tax": each.tax.value, "period": each.period.label, "state": each.state.value}
            for each in view.filing_state(today)
        ],
        "owes": sorted({each.tax.value for each in view.arrears(today)}),
        "reliefs_used": sorted({each.relief for each in view.reliefs_used(today.year)}),
        "as_of": today.isoformat(),
    }
    plain: dict[str, Any] = json.loads(json.dumps(told, default=str))
    return plain
