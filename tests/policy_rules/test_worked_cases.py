"""Worked examples (算例): every case in ``tests/cases`` comes out as the law has it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy_rules.rules import RULES, Verdict

CASES = Path(__file__).parent.parent / "cases"


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yml")):
        told = yaml.safe_load(path.read_text("utf-8"))
        found += [
            pytest.param(told["rule"], c, id=f"{told['rule']}-{c['name']}") for c in told["cases"]
        ]
    return found


def _explain(rule: str, case: dict[str, Any]) -> Verdict | None:
    return RULES[rule].explain(case["facts"], *case["period"])


@pytest.mark.parametrize(("rule", "case"), _cases())
def test_a_worked_case_comes_out_as_the_law_has_it(rule: str, case: dict[str, Any]) -> None:
    verdict = _explain(rule, case)

    if case["verdict"] == "none":
        assert verdict is None
        return
    assert verdict is not None
    told = verdict.to_json()
    assert told["verdict"] == case["verdict"]
    expected = case.get("amount_yuan")
    assert verdict.amount_yuan == (None if expected is None else Decimal(expected))
    assert {r["fact"]: r["met"] for r in told["reasons"]}.items() >= case.get("met", {}).items()
    assert told["missing"] == case.get("missing", told["missing"])
    if "source" in case:
        assert {"clause": None, **case["source"]} in told["sources"]
    assert case.get("says", "") in "\n".join(verdict.working)


def test_every_rule_has_worked_cases_in_a_file_of_its_name() -> None:
    assert {path.stem for path in CASES.glob("*.yml")} == set(RULES)


def test_there_are_at_least_eighty_worked_cases() -> None:
    assert len(_cases()) >= 80


@pytest.mark.parametrize(("rule", "case"), _cases())
def test_what_can_be_said_is_said_and_the_result_comes_first(
    rule: str, case: dict[str, Any]
) -> None:
    verdict = _explain(rule, case)
    if verdict is None:
        return

    if verdict.missing:
        assert verdict.verdict == "unknown"
        assert not verdict.working
        return
    assert verdict.working
    assert verdict.sources
    if verdict.amount_yuan is not None and verdict.amount_yuan == 0:
        assert "0" in verdict.working[0] or "不加收" in verdict.working[0]
