"""No legal figure stands in Python (数值不写进代码); sentences carry none either."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from policy_rules.parameters import parameters

ROOM = Path(__file__).parents[2] / "policy_rules"
#: Counting and conversion, nothing that a law could change: per cent, per mille, months.
HARMLESS = {0, 1, 2, 12, 100, 1000}
MODULES = sorted(ROOM.glob("*.py"))
#: HTTP statuses are not law.
STATUSES = {"status"}


def _numbers(path: Path) -> list[tuple[int, object]]:
    tree = ast.parse(path.read_text("utf-8"))
    statuses = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in STATUSES
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float | complex)
        and not isinstance(node.value, bool)
        and id(node) not in statuses
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_number_of_a_law_stands_in_a_module(path: Path) -> None:
    assert [each for each in _numbers(path) if each[1] not in HARMLESS] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_number_of_a_law_hides_in_a_string(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]

    assert [each for each in strings if re.fullmatch(r"\d+(\.\d+)?%?", each)] == []


def test_no_figure_is_typed_into_what_rules_say() -> None:
    groups = yaml.safe_load((ROOM / "sentences.yml").read_text("utf-8"))
    sentences = [each for group in groups.values() for each in group.values()]

    found = [each for each in sentences if re.search(r"[2-9]|\d{2}", each)]

    assert found == []


def test_every_parameter_that_a_rule_names_is_on_file() -> None:
    named = set()
    for path in MODULES:
        for quoted in re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', path.read_text("utf-8")):
            if quoted.split(".")[0] in {each.split(".")[0] for each in parameters()}:
                named.add(quoted)

    folders = {each.rsplit(".", 1)[0] for each in parameters()}
    assert named
    assert named - set(parameters()) - folders == set()
