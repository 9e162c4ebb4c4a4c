"""What ends soon, and what has ended with nothing after it, as the desk shows it (到期清单)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.document_views import PER_PAGE, paged
from desk.labels import label
from knowledge_base.expiry import (
    STAGES,
    End,
    ended_unfollowed,
    ending_within,
    stored_shelf,
)
from knowledge_base.register_tables import ExpiryWarning
from policy_rules.figures import fill
from policy_rules.parameters import NoFigure, installed_parameters

#: Warnings are new for so long.
_NEW_FOR = timedelta(days=7)
#: So many days of what has ended are shown beside what ends.
MOST_ENDED = 100


def expiring_page(
    session: Session, *, today: date, within: int, kind: str | None, page: int
) -> dict[str, Any]:
    """What ends within so many days, with counts by stage and day, and what ended unfollowed."""
    shelf = stored_shelf(session, installed_parameters())
    near = ending_within(shelf, today=today, days=max(within, *STAGES))
    found = [
        end
        for end in near
        if (end.last_day - today).days <= within and (kind is None or end.kind == kind)
    ]
    days = Counter(end.last_day for end in found)
    ended = ended_unfollowed(shelf, today=today)
    return {
        "rows": [_row(each, today) for each in paged(found, page)],
        "total": len(found),
        "page": page,
        "per_page": PER_PAGE,
        "within": within,
        "days": [{"day": day.isoformat(), "count": count} for day, count in sorted(days.items())],
        "kinds": [
            {"code": each, "label": label("end_kinds", each), "count": count}
            for each, count in sorted(Counter(end.kind for end in near).items())
        ],
        "counts": {str(stage): _unfollowed(near, today, stage) for stage in STAGES},
        "ended": [_row(each, today) for each in ended[:MOST_ENDED]],
        "ended_total": len(ended),
        "warnings": _warnings(session, today),
    }


def _unfollowed(ends: list[End], today: date, days: int) -> int:
    return sum(not end.followed and (end.last_day - today).days <= days for end in ends)


def _row(end: End, today: date) -> dict[str, Any]:
    try:
        title = fill(end.title, end.last_day)
    except NoFigure:
        title = end.title
    return {
        "kind": end.kind,
        "kind_label": label("end_kinds", end.kind),
        "subject": end.subject,
        "entry": end.entry_id,
        "title": title,
        "last_day": end.last_day.isoformat(),
        "days_left": (end.last_day - today).days,
        "followed": end.followed,
    }


def _warnings(session: Session, today: date) -> dict[str, Any]:
    """The warnings of the last week: how many, and the newest day and stage."""
    since = today - _NEW_FOR
    rows = session.scalars(
        select(ExpiryWarning)
        .where(ExpiryWarning.ends_on >= today)
        .order_by(ExpiryWarning.filed_at.desc(), ExpiryWarning.id)
    ).all()
    new = [row for row in rows if row.filed_at.date() >= since]
    return {
        "new": len(new),
        "latest": [
            {
                "subject": row.subject,
                "title": row.title,
                "ends_on": row.ends_on.isoformat(),
                "stage": row.stage,
                "filed_at": row.filed_at.isoformat(),
            }
            for row in rows[:PER_PAGE]
        ],
    }
