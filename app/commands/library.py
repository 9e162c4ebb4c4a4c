"""``runmiao kb``: the library loaded; exchange, notices and reports have their own modules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.commands.library_exchange import add_exchange_verbs
from app.commands.library_notices import add_notice_verbs
from app.commands.library_reports import add_report_verbs
from app.commands.ready import wire_ready
from core.database import transaction
from core.settings import Settings
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.life_cycle import send_back_changed
from knowledge_base.loading import load_files
from knowledge_base.store import FILES


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("kb", help="知识库：导入、导出、检查、统计")
    verbs = group.add_subparsers(required=True, metavar="动作")
    load = verbs.add_parser("load", help="把 YAML 条目导入数据库；坏文件报出来，其余照常导入")
    load.add_argument("--folder", type=Path, default=ENTRIES, help="条目目录")
    load.set_defaults(run=_load)
    add_exchange_verbs(verbs)
    add_notice_verbs(verbs)
    add_report_verbs(verbs)


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
