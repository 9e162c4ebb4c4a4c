"""Bursts and the list of what is asked most, as the desk shows them (热点页)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.heat.bursts_shown import BurstView, examples_of, list_bursts, view_burst
from appeals.heat.hot import HotTopic, daily_people, hot_topics
from appeals.heat.parameters import heat_parameters
from appeals.heat_tables import HeatBurst, HeatDay, HeatState
from core.clock import china_date
from desk.staff import staff_names
from knowledge_base.library import Snapshot

PER_PAGE = 10
#: Days of a trend line, and of the history that can be chosen.
_LINE, _HISTORY = 14, 60


@cache
def heat_labels() -> dict[str, dict[str, str]]:
    """What stands in ``heat_labels.yml``."""
    path = Path(__file__).parent / "heat_labels.yml"
    found: dict[str, dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
    return found


def heat_page(session: Session, snapshot: Snapshot, *, now: datetime) -> dict[str, Any]:
    """The bursts that go on, and how well the usual level is known."""
    state = session.get(HeatState, 1)
    rows, _ = list_bursts(session, open_now=True, per_page=100)
    days = (state.rhythm or {}).get("days", 0) if state else 0
    return {
        "as_of": now.isoformat(),
        "looked_at": state.run_at.isoformat() if state and state.run_at else None,
        "days_known": days,
        "days_needed": heat_parameters().fewest_days,
        "bursts": _bursts(session, rows, snapshot, now),
    }


def past_page(session: Session, snapshot: Snapshot, *, page: int, now: datetime) -> dict[str, Any]:
    """One page of the bursts that are over."""
    rows, total = list_bursts(session, open_now=False, page=page, per_page=PER_PAGE)
    found = _bursts(session, rows, snapshot, now)
    return {"rows": found, "total": total, "page": page, "per_page": PER_PAGE}


def one_burst(
    session: Session, burst: HeatBurst, snapshot: Snapshot, *, now: datetime
) -> dict[str, Any]:
    """One burst."""
    return _bursts(session, [burst], snapshot, now)[0]


def _bursts(
    session: Session, rows: Sequence[HeatBurst], snapshot: Snapshot, now: datetime
) -> list[dict[str, Any]]:
    names, today = staff_names(session), china_date(now)
    topics = {row.topic_id for row in rows}
    lines = daily_people(session, topics, last=today, days=_LINE)
    return [
        _burst(view_burst(session, row, snapshot), snapshot, names, lines[row.topic_id])
        for row in rows
    ]


def _burst(
    view: BurstView, snapshot: Snapshot, names: Mapping[str, str], line: list[int]
) -> dict[str, Any]:
    burst = view.burst
    library = _library(view, snapshot)
    return {
        "id": burst.id,
        "topic_id": burst.topic_id,
        "question": view.question,
        "began_at": burst.began_at.isoformat(),
        "found_at": burst.found_at.isoformat(),
        "ended_at": burst.ended_at.isoformat() if burst.ended_at else None,
        "found": _level(burst.window_hours, burst.people, burst.usual),
        "now": _level(burst.now_hours, burst.now_people, burst.now_usual),
        "peak": round(burst.peak, 1),
        "examples": list(view.examples),
        "asked": view.asked,
        "answered": view.answered,
        "library": library,
        "library_label": heat_labels()["library"][library],
        "entries": [
            {"id": each, "question": snapshot.entries[each].question}
            for each in view.near
            if each in snapshot.entries
        ],
        "appeals": view.appeals,
        "mergeable": view.mergeable,
        "case_number": burst.case_number,
        "draft_entry_id": burst.draft_entry_id,
        "may_draft": view.topic.entry_id is None,
        "seen_at": burst.seen_at.isoformat() if burst.seen_at else None,
        "seen_by": names.get(burst.seen_by or "", burst.seen_by),
        "line": line,
    }


def _level(hours: int, people: int, usual: float) -> dict[str, Any]:
    return {"hours": hours, "people": people, "usual": round(usual, 1)}


def _library(view: BurstView, snapshot: Snapshot) -> str:
    """Whether the library answers what is asked."""
    entry_id = view.topic.entry_id
    if entry_id is None:
        return "silent"
    if entry_id not in snapshot.entries:
        return "draft" if view.burst.draft_entry_id else "silent"
    return "answers" if 2 * view.answered >= view.asked else "partly"


def hot_page(
    session: Session, snapshot: Snapshot, *, day: date | None, now: datetime
) -> dict[str, Any]:
    """The list as it stood on a day, with the days that can be chosen."""
    days = list(
        session.scalars(select(HeatDay.day).distinct().order_by(HeatDay.day.desc()).limit(_HISTORY))
    )
    chosen = day or (days[0] if days else china_date(now))
    found = hot_topics(session, snapshot, day=chosen)
    lines = daily_people(session, {each.topic_id for each in found}, last=chosen, days=_LINE)
    return {
        "day": chosen.isoformat(),
        "days": [each.isoformat() for each in days],
        "fewest_people": heat_parameters().hot.fewest_people,
        "rows": [_hot(session, each, lines[each.topic_id], now) for each in found],
    }


def _hot(session: Session, each: HotTopic, line: list[int], now: datetime) -> dict[str, Any]:
    return {
        "rank": each.rank,
        "topic_id": each.topic_id,
        "entry_id": each.entry_id,
        "question": each.question,
        "people": each.people,
        "before": each.before,
        "trend": each.trend,
        "trend_label": heat_labels()["trends"][each.trend],
        "is_public": each.is_public,
        "examples": [] if each.question else examples_of(session, each.topic_id, now=now),
        "line": line,
    }
