"""``runmiao rules``: why a rule says yes or no."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from core.clock import china_date, utc_now
from core.errors import InvalidInput
from core.settings import Settings
from policy_rules.rules import explain_json


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("rules", help="规则：说明为什么能、为什么不能")
    verbs = group.add_subparsers(required=True, metavar="动作")
    explain = verbs.add_parser("explain", help="按事实说明一条规则，输出 JSON")
    explain.add_argument("rule", help="规则编号，如 vat_small_scale")
    explain.add_argument("--facts", required=True, type=Path, help="事实 JSON 文件")
    explain.add_argument("--as-of", type=date.fromisoformat, help="所属期中的一天，默认今天")
    explain.add_argument("--json", action="store_true", help="只输出 JSON（本来就是）")
    explain.set_defaults(run=_explain)


def _explain(given: argparse.Namespace, _: Settings) -> None:
    try:
        facts = json.loads(given.facts.read_text("utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise InvalidInput(reason=f"读不了 {given.facts}：{error}") from error
    if not isinstance(facts, dict):
        raise InvalidInput(reason=f"{given.facts} 应是一个 JSON 对象")
    told = explain_json(given.rule, facts, given.as_of or china_date(utc_now()))
    print(json.dumps(told, ensure_ascii=False))
