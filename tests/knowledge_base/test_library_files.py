"""Authored files: what is wrong is named with file, line and field, and the rest loads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flags import DOCUMENT_YAML, ENTRY_YAML, as_yaml, flag_data, flag_entry
from pydantic import ValidationError

from knowledge_base.files import parse, read_library, to_yaml
from knowledge_base.schema import Document, Entry

START = "    from: 2026-01-01\n    basis"
BASIS = "    basis:\n      - document: flag-1\n        clause: 第一条\n"
#: Name of the fault, what is replaced by what, and the line, field and reason that are named.
FAULTS = [
    ("not_yaml", "topics: [service]", "topics: [service", 11, "", "不是有效的 YAML"),
    ("missing", "question: 门店的彩旗要报备吗\n", "", 1, "question", "Field required"),
    ("unknown_key", "topics: [service]", "topics: [service]\ncolour: red", 11, "colour", "Extra"),
    ("bad_choice", "certainty: verified", "certainty: sure", 22, "claims.0.certainty", "Input"),
    ("bad_date", START, START.replace("2026-01-01", "一月"), 18, "claims.0.from", "date"),
    ("no_such_day", "checked_on: 2026-09-01", "checked_on: 2026-02-30", 23, "", "没有这一天"),
    ("key_twice", "topics: [service]", "topics: [service]\nid: flags", 11, "id", "写了两次"),
    ("not_utf8", "挂旗子要手续吗", "挂\ufffd子要手续吗", 7, "", "UTF-8"),
    ("too_few", "  - 不报备能挂彩旗吗\n", "", 4, "similar", "at least 6"),
    ("ends_before", START, "    to: 2025-12-31\n" + START, 16, "claims.0", "早于"),
    ("unknown_claim", "claims: [sure]", "claims: [other]", 1, "", "不存在的 claim"),
    ("sure_without_basis", BASIS, "", 16, "claims.0", "要有依据"),
    ("open_without_ask", "certainty: verified", "certainty: open", 16, "claims.0", "向谁询问"),
    ("similar_twice", "  - 挂旗子要手续吗", "  - 挂彩旗要不要报备", 1, "", "相似问法有重复"),
    ("a_list", ENTRY_YAML, "- 1\n- 2\n", 1, "", "键: 值"),
    ("empty", ENTRY_YAML, "", 1, "", "键: 值"),
]


def broken(old: str, new: str) -> str:
    assert old in ENTRY_YAML
    return ENTRY_YAML.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "reason"),
    [case[1:] for case in FAULTS],
    ids=[case[0] for case in FAULTS],
)
def test_a_fault_is_named_with_its_file_line_and_field(
    old: str, new: str, line: int, field: str, reason: str
) -> None:
    entry, faults = parse(broken(old, new), Entry, "flags.yml")

    assert entry is None
    fault = faults[0]
    assert fault.file == "flags.yml"
    assert (fault.line, fault.field) == (line, field), str(fault)
    assert reason in fault.reason
    assert str(fault).startswith(f"flags.yml:{line}")


def test_every_fault_of_a_file_is_named() -> None:
    text = broken("certainty: verified", "certainty: sure").replace(
        "topics: [service]", "topics: []"
    )

    _, faults = parse(text, Entry, "flags.yml")

    assert {fault.field for fault in faults} >= {"topics", "claims.0.certainty"}


def test_what_is_broken_becomes_a_fault_and_the_rest_loads(tmp_path: Path) -> None:
    entries, documents = tmp_path / "entries", tmp_path / "documents"
    (entries / "service").mkdir(parents=True)
    documents.mkdir()
    (documents / "flag-1.yml").write_text(DOCUMENT_YAML, "utf-8")
    (documents / "flag-2.yml").write_text("id: flag-2", "utf-8")
    (entries / "flags.yml").write_text(ENTRY_YAML, "utf-8")
    (entries / "service" / "flags.yml").write_text(ENTRY_YAML, "utf-8")
    (entries / "another-name.yml").write_text(ENTRY_YAML, "utf-8")
    (entries / "latin.yml").write_bytes(ENTRY_YAML.encode("gbk"))
    for name, old, new, *_ in FAULTS:
        (entries / f"{name}.yml").write_text(broken(old, new), "utf-8")

    library = read_library(entries, documents)

    assert set(library.entries) == {"flags"}
    assert set(library.documents) == {"flag-1"}
    faulty = {fault.file for fault in library.faults}
    assert faulty == {
        "flag-2.yml", "flags.yml", "another-name.yml", "latin.yml",
        *(f"{case[0]}.yml" for case in FAULTS),
    }  # fmt: skip
    told = " ".join(map(str, library.faults))
    assert "已被另一个文件使用" in told
    assert "应与文件名相同：another-name" in told


def test_a_program_in_a_file_is_not_run() -> None:
    text = ENTRY_YAML + "note: !!python/object/apply:os.system [echo]\n"

    entry, faults = parse(text, Entry, "flags.yml")

    assert entry is None
    assert "不是有效的 YAML" in faults[0].reason


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "Flags"},
        {"id": "flags_1"},
        {"similar": ["一", "二", "三", "四", "五", "六"]},
        {"claims": []},
        {"short_answers": []},
        {"checked_on": "yesterday"},
        {"traps": [{**flag_data()["claims"][0]}]},
        {"claims": [{**flag_data()["claims"][0], "measured_by": "moon"}]},
        {"claims": [{**flag_data()["claims"][0], "when": {"subject": ["cat"]}}]},
        {"handling": {"steps": ["先挂旗"]}},
    ],
    ids=str,
)
def test_an_entry_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        flag_entry(**changes)


def test_an_entry_never_changes_once_it_is_read() -> None:
    with pytest.raises(ValidationError):
        flag_entry().question = "别的"  # type: ignore[misc]


def test_every_entry_and_document_of_the_library_survives_writing_and_reading() -> None:
    library = read_library()

    assert len(library.entries) > 100
    for kind, models in ((Entry, library.entries), (Document, library.documents)):
        for model in models.values():
            again, faults = parse(to_yaml(model), kind, "again.yml")
            assert again == model, faults


def test_text_that_looks_like_something_else_survives_writing_and_reading() -> None:
    texts = [
        "是：否",
        "2026-01-01",
        "# 不是注释",
        "'引号\"",
        "多行\n第二行",
        "007",
        "null值",
        "- 列表",
        "{{ a.b }}",
    ]
    entry = flag_entry(
        claims=[
            {**flag_data()["claims"][0], "text": text, "id": f"c{n}"}
            for n, text in enumerate(texts)
        ],
        short_answers=[{"text": "要。", "from": date(2026, 1, 1), "claims": ["c0"]}],
    )

    again, faults = parse(to_yaml(entry), Entry, "again.yml")

    assert again == entry, faults


def test_the_order_of_keys_in_a_file_does_not_matter() -> None:
    backwards = dict(reversed(flag_data().items()))

    assert parse(as_yaml(backwards), Entry, "flags.yml")[0] == flag_entry()
