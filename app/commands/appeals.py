"""``runmiao appeals``: what a promise of working days means as a date."""

from __future__ import annotations

import argparse
import json
from typing import Any

from appeals.deadlines import deadline_json
from core.settings import Settings


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("appeals", help="诉求：推算承诺日期")
    verbs = group.add_subparsers(required=True, metavar="动作")
    deadline = verbs.add_parser("deadline", help="按中国工作日历推算到期日，输出 JSON")
    deadline.add_argument("--opened", required=True, help="受理时间，如 2026-09-30T10:00")
    deadline.add_argument("--working-days", required=True, type=int, help="工作日数")
    deadline.add_argument("--json", action="store_true", help="只输出 JSON（本来就是）")
    deadline.set_defaults(run=_deadline)


def _deadline(given: argparse.Namespace, _: Settings) -> None:
    print(json.dumps(deadline_json(given.opened, given.working_days), ensure_ascii=False))
