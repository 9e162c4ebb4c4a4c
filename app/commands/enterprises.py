"""``runmiao enterprises``: a bureau's own record taken over from a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.commands.ready import wire_ready
from core.errors import NotAllowed
from core.settings import Settings
from enterprises.importing import ImportRefused, import_firms, read_import


class ImportInDemo(NotAllowed):
    """The demo shows codes on the screen, so no real firm may be there (示例模式不能导入)."""

    code = "import_in_demo"


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("enterprises", help="企业档案：导入")
    verbs = group.add_subparsers(required=True, metavar="动作")
    taking = verbs.add_parser("import", help="从 CSV 或 JSONL 导入；有一处问题就一户也不导入")
    taking.add_argument("file", type=Path)
    taking.add_argument("--dry-run", action="store_true", help="只检查，说出会改什么，不写入")
    taking.set_defaults(run=_import)


def _import(given: argparse.Namespace, settings: Settings) -> None:
    if settings.is_demo and not given.dry_run:
        raise ImportInDemo
    parts = wire_ready(settings)
    try:
        firms = read_import(given.file)
        with parts.sessions() as session, session.begin() as changes:
            done = import_firms(session, firms, keys=parts.keys, now=parts.clock())
            if given.dry_run:
                changes.rollback()
    except ImportRefused as refused:
        for fault in refused.faults:
            print(f"✗ {fault}")
        raise
    print(
        f"{'只检查，没有写入：' if given.dry_run else '✓ '}新增 {done.added} 户，"
        f"更新 {done.changed} 户，未变 {done.unchanged} 户；"
        f"办税身份新增 {done.roles_begun} 个、结束 {done.roles_ended} 个；申报 {done.filings} 条"
    )
