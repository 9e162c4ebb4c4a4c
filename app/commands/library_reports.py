"""``runmiao kb check``, ``stats`` and ``expiring``: what the library is like (知识库报告)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.migrate import latest_revision, revision_of
from core.clock import china_date, utc_now
from core.database import open_engine, open_sessions, reading
from core.settings import Settings
from knowledge_base.check import Finding, check_library
from knowledge_base.expiry import End, Shelf, ended_unfollowed, ending_within, stored_shelf
from knowledge_base.files import read_library
from knowledge_base.stats import library_stats, stored_stats
from knowledge_base.store import FILES, current_revision
from knowledge_base.trail import check_trail
from policy_rules.parameters import installed_parameters


def add_report_verbs(verbs: Any) -> None:
    """Add the verbs to ``runmiao kb``."""
    check = verbs.add_parser(
        "check", help="检查条目、文件登记、参数，以及库里的版本是否都有审计记录"
    )
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_check)
    stats = verbs.add_parser("stats", help="统计条目、结论、易错点、文件和相似问法")
    stats.add_argument("--json", action="store_true")
    stats.set_defaults(run=_stats)
    expiring = verbs.add_parser("expiring", help="列出快到期的结论、短答、数值、文件和条目")
    expiring.add_argument("--within", type=int, default=90, help="多少天内到期，默认90")
    expiring.add_argument("--json", action="store_true")
    expiring.set_defaults(run=_expiring)


@contextmanager
def _stored(settings: Settings) -> Iterator[Session | None]:
    """A session, or None where there is no database of this version."""
    if not settings.database_url and not (settings.folder / "runmiao.db").exists():
        yield None
        return
    database = open_engine(settings.resolved_database_url)
    try:
        if revision_of(database) != latest_revision():
            yield None
            return
        with reading(open_sessions(database)) as session:
            yield session
    finally:
        database.dispose()


def _check(given: argparse.Namespace, settings: Settings) -> int:
    findings = check_library(read_library(), today=china_date(utc_now()))
    findings += _untold_versions(settings)
    errors = sum(finding.is_error for finding in findings)
    for finding in findings:
        print(f"{'✗' if finding.is_error else '·'} {finding}")
    print(f"{errors} 处错误，{len(findings) - errors} 处提醒")
    if given.json:
        told = {"errors": errors, "findings": [asdict(each) for each in findings]}
        print(json.dumps(told, ensure_ascii=False))
    return 1 if errors else 0


def _untold_versions(settings: Settings) -> list[Finding]:
    """Versions in the database that the audit trail does not know; none without a database."""
    since = utc_now() - timedelta(days=settings.keep_audit_days)
    with _stored(settings) as session:
        return check_trail(session, loaded_by=FILES, since=since) if session else []


def _stats(given: argparse.Namespace, settings: Settings) -> None:
    told = library_stats(read_library())
    with _stored(settings) as session:
        if session is not None:
            told |= stored_stats(session)
    print(json.dumps(told, ensure_ascii=False, indent=None if given.json else 1))


def _expiring(given: argparse.Namespace, settings: Settings) -> None:
    """What is answered in the database, or else what the files say."""
    today = china_date(utc_now())
    with _stored(settings) as session:
        if session is not None and current_revision(session):
            shelf = stored_shelf(session, installed_parameters())
        else:
            files = read_library()
            entries = files.entries.values()
            shelf = Shelf(entries, files.documents, installed_parameters())
        ends = ending_within(shelf, today=today, days=given.within)
        ended = ended_unfollowed(shelf, today=today)
    for end in ends:
        print(f"{end.last_day} {'·' if end.followed else '✗'} {end.key}：{end.title}")
    unfollowed = sum(not end.followed for end in ends)
    print(
        f"{given.within} 天内到期 {len(ends)} 项，其中 {unfollowed} 项没有接续；"
        f"已到期没有接续 {len(ended)} 项"
    )
    if given.json:
        told = {
            "today": today.isoformat(),
            "within": given.within,
            "ending": [_row(each) for each in ends],
            "ended_unfollowed": [_row(each) for each in ended],
        }
        print(json.dumps(told, ensure_ascii=False))


def _row(end: End) -> dict[str, Any]:
    return {**asdict(end), "last_day": end.last_day.isoformat()}
