"""Everything that is written as data: read strictly, complete, and in agreement with the code."""

from __future__ import annotations

import importlib
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from answers.sentences import fact_label
from core.errors import ServiceError
from core.messages import error_sentences, sentence_for
from knowledge_base.files import ENTRIES, read_library
from policy_rules.facts import known_facts
from policy_rules.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {"node_modules", "dist", "var", "models"}
ROOMS = (
    "core", "policy_rules", "enterprises", "knowledge_base", "answers", "consultations",
    "appeals", "outreach", "bot", "channels", "desk", "app",
)  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def data_files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.yml")):
        parts = path.relative_to(ROOT).parts
        if not parts[0].startswith(".") and not SKIPPED & set(parts):
            yield path


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


class StrictLoader(yaml.CSafeLoader):
    """Refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"{node.start_mark}: {twice}"
        return super().construct_mapping(node, deep)


def test_every_data_file_is_utf8_yaml_without_a_key_that_stands_twice() -> None:
    files = list(data_files())
    assert len(files) > 200

    for path in files:
        for _ in yaml.load_all(path.read_text("utf-8"), StrictLoader):  # noqa: S506
            pass


def test_no_data_file_names_a_place_on_somebodys_machine() -> None:
    for path in data_files():
        text = path.read_text("utf-8")
        for place in ("/work/", "/home/", "/root/", "C:\\"):
            assert place not in text, path


def every_error() -> list[type[ServiceError]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "ServiceError" in path.read_text("utf-8") or "core.errors" in path.read_text(
                "utf-8"
            ):
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                importlib.import_module(name)
    found, open_ones = [], [ServiceError]
    while open_ones:
        kind = open_ones.pop()
        open_ones.extend(kind.__subclasses__())
        if kind.__module__.partition(".")[0] in ROOMS:
            found.append(kind)
    return found


def test_every_error_that_a_person_may_meet_is_explained_in_chinese() -> None:
    unexplained = {
        f"{kind.__module__}.{kind.__name__}: {kind.code}"
        for kind in every_error()
        if kind.code not in error_sentences()
    }

    assert unexplained == set()


def test_every_explanation_is_chinese_ends_and_is_filled_in_without_its_values() -> None:
    for code, sentence in error_sentences().items():
        assert CHINESE.search(sentence), code
        assert sentence.rstrip().endswith(("。", "？", "}", "！")), code
        told = sentence_for(type("Anything", (ServiceError,), {"code": code})())
        assert "{" not in told, code


@pytest.mark.parametrize(
    "name", ["answers/sentences.yml", "consultations/sentences.yml", "policy_rules/sentences.yml"]
)
def test_every_sentence_can_be_filled_in(name: str) -> None:
    for sentence in _texts(read(name)):
        fields = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
        assert sentence.format(**dict.fromkeys(fields, "值"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def test_every_entry_lies_in_the_folder_of_its_first_topic_under_its_own_name() -> None:
    library = read_library()

    assert library.faults == []
    for entry in library.entries.values():
        assert (ENTRIES / entry.topics[0] / f"{entry.id}.yml").is_file(), entry.id


def test_every_rule_knows_what_its_amount_is_called_and_how_its_taxes_are() -> None:
    words = read("answers/amounts.yml")

    amounts = {rule.amount for rule in RULES.values() if rule.amount}
    assert amounts == set(words["kinds"])
    assert set(words["kinds"].values()) <= set(words["meanings"])
    assert set(words["of_a_year"]) | set(words["of_one_period"]) <= amounts
    assert set(words["taxes"]) <= set(RULES)
    assert set(words["only_if_named"]) <= set(words["taxes"])


def test_what_a_word_means_is_said_once() -> None:
    words = read("answers/amounts.yml")["meanings"]

    every = [word for said in words.values() for word in said]
    assert len(every) == len(set(every))


def test_a_wording_states_a_fact_that_the_rules_know_and_only_one_value_of_it() -> None:
    facts = read("answers/wordings.yml")["facts"]

    for fact, values in facts.items():
        said = [word for words in values.values() for word in words]
        assert len(said) == len(set(said)), fact
        known = known_facts()[fact]
        if known["kind"] == "choice":
            assert set(values) <= set(known["options"]), fact
        else:
            assert (known["kind"], set(values)) == ("flag", {"yes", "no"}), fact


def test_every_option_that_may_be_offered_has_a_chinese_name() -> None:
    for fact in ("taxpayer_type", "subject", "filing_cycle", "invoice_type", "location"):
        for option in known_facts()[fact]["options"]:
            assert CHINESE.search(fact_label(option)), option
