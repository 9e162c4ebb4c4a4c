"""Who may import whom, and the other rules of the house that a program can check."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: From the ground up: a room may import the rooms before it.
ROOMS = (
    "core", "policy_rules", "enterprises", "knowledge_base", "answers", "consultations",
    "appeals", "outreach",
)  # fmt: skip
DOORS = ("bot", "channels", "desk")
PACKAGES = (*ROOMS, *DOORS, "app")
MAY_IMPORT = {
    **{room: {*ROOMS[: place + 1]} for place, room in enumerate(ROOMS)},
    **{door: {*ROOMS, door} for door in DOORS},
    "app": {*PACKAGES},
}
#: Where a framework may be used.
FRAMEWORKS = {
    "aiohttp": {"channels", "desk", "app"},
    "rasa_sdk": {"bot", "app"},
    "rasa": {"bot"},
    "spacy": {"bot"},
    "sqlalchemy": {*PACKAGES} - {"policy_rules"},
    "alembic": {"app"},
    "tantivy": {"knowledge_base"},
}
LONGEST_MODULE = 400
#: Numbers that mean nothing by themselves: none, one, a percent, a cent, a thousandth.
PLAIN_NUMBERS = {Decimal(text) for text in ("0", "1", "-1", "2", "100", "0.01", "0.001")}
#: Where money and law are worked with.
LEGAL_ROOMS = ("policy_rules", "answers", "enterprises", "appeals", "outreach", "bot", "desk")
ASK_THE_TIME = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"),
}  # fmt: skip


def modules(*packages: str) -> list[Path]:
    return [
        path
        for package in packages or PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> set[str]:
    """The first words of everything a module imports, inside of functions too."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)} imports relatively"
            names.add((node.module or "").partition(".")[0])
    return names


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def test_every_package_of_the_project_is_known_here() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert found <= set(PACKAGES)
    assert {path.relative_to(ROOT).parts[0] for path in modules()} == found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_imports_only_rooms_above_it_and_doors_never_each_other(package: str) -> None:
    for path in modules(package):
        wrong = (imported(path) & set(PACKAGES)) - MAY_IMPORT[package]
        assert not wrong, f"{named(path)} imports {wrong}"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_stays_where_it_belongs(framework: str) -> None:
    users = {named(path) for path in modules() if framework in imported(path)}

    assert {user.partition("/")[0] for user in users} <= FRAMEWORKS[framework], users


def test_actions_lie_flat_because_rasa_imports_sub_packages_by_their_bare_name() -> None:
    assert not [path for path in modules("bot") if "actions" in path.parts[:-2]]


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    too_long = {
        named(path): lines
        for path in modules()
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_MODULE
    }

    assert too_long == {}


def test_no_module_is_named_after_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "common", "misc", "models", "model"}

    assert not [named(path) for path in modules() if path.stem in nothing]


def test_every_module_says_in_one_docstring_what_lives_in_it() -> None:
    without = [
        named(path)
        for path in modules()
        if path.name != "__init__.py" and not ast.get_docstring(tree(path))
    ]

    assert without == []


@pytest.mark.parametrize("room", LEGAL_ROOMS)
def test_no_legal_figure_stands_in_python(room: str) -> None:
    """Rates and thresholds come from ``policy_rules/parameters``. Samples are invented anyhow."""
    for path in modules(room):
        if path.stem.startswith("sample"):
            continue
        for call in calls(path):
            if not (isinstance(call.func, ast.Name) and call.func.id == "Decimal" and call.args):
                continue
            given = call.args[0]
            if isinstance(given, ast.Constant):
                number = Decimal(str(given.value))
                assert number in PLAIN_NUMBERS, f"{named(path)}:{call.lineno} writes {number}"


def test_money_is_never_a_float() -> None:
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name, kind = node.target.id, node.annotation
            elif isinstance(node, ast.arg) and node.annotation:
                name, kind = node.arg, node.annotation
            else:
                continue
            if name.endswith("_yuan"):
                assert "float" not in ast.unparse(kind), f"{named(path)}: {name}"


def test_the_time_is_passed_in_and_asked_for_only_by_the_clock() -> None:
    for path in modules(*ROOMS, *DOORS):
        if named(path) == "core/clock.py":
            continue
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
                asked = (call.func.value.id, call.func.attr)
                assert asked not in ASK_THE_TIME, f"{named(path)}:{call.lineno} asks {asked}"


def test_services_never_commit_because_doors_own_the_transaction() -> None:
    for path in modules(*ROOMS, *DOORS):
        if named(path) == "core/database.py":
            continue
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and "session" in ast.unparse(call.func.value):
                assert call.func.attr not in ("commit", "rollback"), f"{named(path)}:{call.lineno}"


def test_database_classes_stand_in_tables() -> None:
    """The ground has two of its own: the audit trail and due work."""
    ground = {"core/audit.py", "core/due_work.py"}
    for path in modules():
        if path.stem.endswith("tables") or named(path) in ground:
            continue
        told = [
            node.name
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ClassDef)
            and any(isinstance(base, ast.Name) and base.id == "Base" for base in node.bases)
        ]
        assert not told, f"{named(path)} defines {told}"


def test_the_rooms_here_are_those_of_the_readme_in_the_same_order() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    places = [readme.index(f"`{room}/`") for room in ROOMS]

    assert all(first < second for first, second in pairwise(places))


def test_every_package_is_installed() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    held = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert held == set(told["tool"]["setuptools"]["packages"])
