"""``runmiao appeals``: what a promise means as a date, and whether cases are as they were left."""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.commands.ready import wire_ready
from appeals.deadlines import deadline_json
from appeals.trail import Verdict, verify_appeals
from appeals.wording import sentences
from core.calendar.store import refresh_calendar
from core.database import open_engine, open_sessions, reading
from core.settings import Settings


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("appeals", help="诉求：推算承诺日期，核验办件链")
    verbs = group.add_subparsers(required=True, metavar="动作")
    deadline = verbs.add_parser("deadline", help="按中国工作日历推算到期日，输出 JSON")
    deadline.add_argument("--opened", required=True, help="受理时间，如 2026-09-30T10:00")
    deadline.add_argument("--working-days", required=True, type=int, help="工作日数")
    deadline.add_argument("--json", action="store_true", help="只输出 JSON（本来就是）")
    deadline.set_defaults(run=_deadline)
    verify = verbs.add_parser("verify", help="核验每件诉求的办件链和审计链，指出第一处不符")
    verify.add_argument("--json", action="store_true", help="最后一行输出 JSON")
    verify.set_defaults(run=_verify)


def _deadline(given: argparse.Namespace, settings: Settings) -> None:
    _count_on_what_was_imported(settings)
    print(json.dumps(deadline_json(given.opened, given.working_days), ensure_ascii=False))


def _count_on_what_was_imported(settings: Settings) -> None:
    """Take over the calendars of this installation; before its first start there are none."""
    url = make_url(settings.resolved_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return
    engine = open_engine(settings.resolved_database_url)
    with suppress(DBAPIError):
        refresh_calendar(open_sessions(engine))
    engine.dispose()


def _verify(given: argparse.Namespace, settings: Settings) -> int:
    with reading(wire_ready(settings).sessions) as session:
        verdict = verify_appeals(session)
    if given.json:
        print(json.dumps({**asdict(verdict), "holds": verdict.holds}, ensure_ascii=False))
    else:
        print(_told(verdict))
    return 0 if verdict.holds else 1


def _told(verdict: Verdict) -> str:
    words = sentences()["verify"]
    lines = []
    if verdict.broken is not None:
        why = words["reasons"][verdict.broken.reason]
        where = verdict.broken.move_id or "—"
        lines.append(words["broken"].format(number=verdict.broken.number, move=where, why=why))
    if verdict.broken_audit_line is not None:
        lines.append(words["audit_broken"].format(line=verdict.broken_audit_line))
    return "\n".join(lines) or words["holds"].format(cases=verdict.cases, moves=verdict.moves)
