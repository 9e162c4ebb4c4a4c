"""``runmiao kb``: the library loaded, exported, checked and counted."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.commands.library_exchange import add_exchange_verbs
from app.commands.ready import wire_ready
from app.migrate import latest_revision, revision_of
from core.clock import china_date, utc_now
from core.database import open_engine, open_sessions, reading, transaction
from core.settings import Settings
from knowledge_base.check import Finding, check_library
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.life_cycle import send_back_changed
from knowledge_base.loading import load_files
from knowledge_base.stats import library_stats
from knowledge_base.store import FILES
from knowledge_base.trail import check_trail


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("kb", help="知识库：导入、导出、检查、统计")
    verbs = group.add_subparsers(required=True, metavar="动作")
    load = verbs.add_parser("load", help="把 YAML 条目导入数据库；坏文件报出来，其余照常导入")
    load.add_argument("--folder", type=Path, default=ENTRIES, help="条目目录")
    load.set_defaults(run=_load)
    add_exchange_verbs(verbs)
    check = verbs.add_parser(
        "check", help="检查条目、文件登记、参数，以及库里的版本是否都有审计记录"
    )
    check.set_defaults(run=_check)
    stats = verbs.add_parser("stats", help="统计条目、结论、文件和相似问法")
    stats.add_argument("--json", action="store_true")
    stats.set_defaults(run=_stats)


def _load(given: argparse.Namespace, settings: Settings) -> int:
    files = read_library(given.folder)
    parts = wire_ready(settings)
    with transaction(parts.sessions) as session:
        loaded = load_files(session, files, editor=FILES, now=parts.clock())
        sent_back = send_back_changed(session, now=parts.clock())
    for fault in files.faults:
        print(f"✗ {fault}")
    print(
        f"新增 {loaded.added} 条，更新 {loaded.changed} 条，未变 {loaded.unchanged} 条，"
        f"文件 {loaded.documents} 份，有误 {len(files.faults)} 处"
    )
    for entry_id in sent_back:
        print(f"· {entry_id}：数值或文件变了，与审核时的说法不同，已停止作答、退回审核")
    return 1 if files.faults else 0


def _check(_: argparse.Namespace, settings: Settings) -> int:
    findings = check_library(read_library(), today=china_date(utc_now()))
    findings += _untold_versions(settings)
    for finding in findings:
        print(f"{'✗' if finding.is_error else '·'} {finding}")
    errors = sum(finding.is_error for finding in findings)
    print(f"{errors} 处错误，{len(findings) - errors} 处提醒")
    return 1 if errors else 0


def _untold_versions(settings: Settings) -> list[Finding]:
    """Versions in the database that the audit trail does not know; none without a database."""
    if not settings.database_url and not (settings.folder / "runmiao.db").exists():
        return []
    database = open_engine(settings.resolved_database_url)
    if revision_of(database) != latest_revision():
        return []
    since = utc_now() - timedelta(days=settings.keep_audit_days)
    with reading(open_sessions(database)) as session:
        return check_trail(session, loaded_by=FILES, since=since)


def _stats(given: argparse.Namespace, _: Settings) -> None:
    told = library_stats(read_library())
    print(json.dumps(told, ensure_ascii=False, indent=None if given.json else 1))
