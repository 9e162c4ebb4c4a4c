"""Every figure and every reason stands on a document of the register (依据)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from policy_rules.parameters import Parameter, parameters
from policy_rules.penalty import waiver_terms
from policy_rules.rules import RULES

ROOT = Path(__file__).parents[2]
DOCUMENTS = {path.stem for path in (ROOT / "knowledge_base/documents").glob("*.yml")}
CASES = sorted((ROOT / "tests/cases").glob("*.yml"))


@pytest.mark.parametrize("parameter", parameters().values(), ids=lambda each: each.id)
def test_the_documents_under_a_figure_are_in_the_register(parameter: Parameter) -> None:
    cited = {basis.document for value in parameter.values for basis in value.basis}

    assert cited - DOCUMENTS == set()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_a_verdict_cites_is_in_the_register(path: Path) -> None:
    told = yaml.safe_load(path.read_text("utf-8"))

    cited = set()
    for case in told["cases"]:
        verdict = RULES[told["rule"]].explain(case["facts"], *case["period"])
        if verdict is not None:
            cited |= {each["document"] for each in verdict.sources}
            cited |= {each.document for each in verdict.reasons}

    assert cited - DOCUMENTS == set()


def test_the_list_of_first_violations_stands_on_registered_documents() -> None:
    conditions, items = waiver_terms()

    cited = {each.document for each in (*conditions, *items.values())}

    assert cited - DOCUMENTS == set()


def test_rules_named_by_entries_exist() -> None:
    named = set()
    for path in (ROOT / "knowledge_base/entries").rglob("*.yml"):
        rule = yaml.safe_load(path.read_text("utf-8")).get("rule")
        if rule is not None:
            named.add(rule)

    assert named
    assert named - set(RULES) == set()
