"""``runmiao evaluate gate``: what a library, the search or the understanding must still reach."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.gate import (
    BASELINE,
    MEASURES,
    Acts,
    Drop,
    Report,
    Result,
    compare,
    measure,
    read_baseline,
    record_baseline,
)  # fmt: skip
from app.gate_questions import QUESTIONS, read_questions
from app.understanding import MODEL, understand
from core.errors import InvalidInput
from core.settings import Settings
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.library import Snapshot, build_snapshot


def add_gate_verb(verbs: Any) -> None:
    """Add the verb."""
    gate = verbs.add_parser("gate", help="发布前检验：固定的一套题，比基线差一个百分点以上就不通过")
    gate.add_argument("--questions", type=Path, default=QUESTIONS, help="检验用题目录")
    gate.add_argument("--baseline", type=Path, default=BASELINE, help="基线文件")
    gate.add_argument("--library", type=Path, default=ENTRIES, help="条目目录")
    gate.add_argument("--record", action="store_true", help="把这次的结果记为基线")
    gate.add_argument(
        "--understanding", action="store_true", help="同时用训练好的模型判断意图，另有一份基线"
    )
    gate.add_argument("--model", type=Path, default=MODEL, help="判断意图的模型")
    gate.add_argument("--failing", action="store_true", help="列出每道没做好的题")
    gate.add_argument("--json", action="store_true", help="最后一行输出 JSON（本来就是）")
    gate.set_defaults(run=_gate)


def _gate(given: argparse.Namespace, _: Settings) -> int:
    questions = read_questions(given.questions)
    section, acts = "alone", None
    if given.understanding:
        section = "understood"
        acts = acts_of([each.text for each in questions], given.model)
    report = measure(questions, _snapshot(given.library), acts)
    if given.failing:
        _print_failing(report)
    drops: list[Drop] = []
    if given.record:
        record_baseline(given.baseline, section, report)
    else:
        drops = compare(report, read_baseline(given.baseline, section))
    _print(report, drops)
    told = {
        "questions": len(questions),
        **report.shares(),
        "passed": not drops,
        "drops": {each.name: each.questions for each in drops},
    }
    print(json.dumps(told, ensure_ascii=False))
    return 1 if drops else 0


def _snapshot(folder: Path) -> Snapshot:
    files = read_library(folder)
    if files.faults:
        raise InvalidInput(reason=f"知识库文件有误：{files.faults[0]}")
    return build_snapshot([(each, 1) for each in files.entries.values()], files.documents, 1)


def acts_of(texts: list[str], model: Path = MODEL) -> Acts:
    """Tell which act of talk a trained model takes each text for.

    Raises:
        ModelNotUsable: There is no model, or it cannot be loaded.
    """
    told = understand(texts, model)
    return {text: (each.act, each.probability) for text, each in told.items()}


def _print(report: Report, drops: list[Drop]) -> None:
    for name, share in report.shares().items():
        print(f"{share:7.2%}  {MEASURES[name].label}")
    for drop in drops:
        print(
            f"✗ {MEASURES[drop.name].label}：从 {drop.before:.2%} 降到 {drop.after:.2%}，变差的题："
        )
        for text in drop.questions:
            print(f"  · {text}")


def _print_failing(report: Report) -> None:
    for name in report.shares():
        texts = set(report.failing(name))
        failing = [each for each in report.results if each.question.text in texts]
        print(f"# {MEASURES[name].label}：{len(failing)}")
        for each in failing:
            print(f"  · {_act_line(each) if name == 'intent_accuracy' else _line(each)}")


def _line(result: Result) -> str:
    wanted = "、".join(result.question.entries) or result.question.because or "反问"
    came = "、".join(result.named or result.found[:1])
    return f"{result.question.text} | 应为 {wanted} | {result.outcome} {came}"


def _act_line(result: Result) -> str:
    wanted = "、".join(result.question.acts_expected)
    return f"{result.question.text} | 应为 {wanted} | {result.act}"
