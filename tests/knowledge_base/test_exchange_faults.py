"""A file with faults is refused as a whole, and everything wrong is told with its place."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import yaml
from brought_files import Told, csv_tables, csv_zip, put, quiet, read, saved, told, workbook
from flags import as_yaml, flag_data, flag_document, flag_entry
from openpyxl import Workbook

from knowledge_base.exchange.archive import MOST_BYTES, pack
from knowledge_base.exchange.exchange import read_path
from knowledge_base.exchange.faults import ExchangeRefused


def broken_workbook() -> bytes:
    """One workbook with every kind of fault that a sheet can have."""
    others = {name: flag_entry(id=name) for name in ("flags", "kites", "masts", "ropes")}
    handling = {"certainty": "unverified", "steps": ["挂旗", "收旗"]}
    others["kites"] = flag_entry(id="kites", handling=handling)
    book = workbook(*others.values(), documents=(flag_document(), flag_document(id="flag-2")))
    row_of = {"flags": 2, "kites": 3, "masts": 4, "ropes": 5}
    put(book, "条目", row_of["kites"], "核对日期", "2026-02-30")
    put(book, "条目", row_of["masts"], "标准问题", None)
    put(book, "条目", row_of["ropes"], "测算规则", "no_such_rule")
    for row, values in enumerate((("Bad_Id", "大写"), (None, "没有编号"), ("flags", "重复")), 6):
        for column, cell in enumerate(book["条目"][2], 1):
            book["条目"].cell(row, column).value = cell.value
        put(book, "条目", row, "编号", values[0])
        put(book, "条目", row, "标准问题", values[1])
    put(book, "问法", 2, "条目编号", "no-such-entry")  # and now flags has only five
    put(book, "问法", 9, "问法", book["问法"]["B8"].value)
    put(book, "问法", 20, "问法", "门店的彩旗要报备吗")
    put(book, "短答", 2, "依据的结论", "sure；missing")
    put(book, "短答", 3, "短答", "门槛是 {{ no.such.figure }}")
    put(book, "短答", 4, "起", "今年元旦")
    put(book, "短答", 5, "纳税人类型", "大规模")
    put(book, "结论", 2, "止", "2025-12-31")
    put(book, "结论", 3, "核验状态", "大概")
    put(book, "结论", 4, "核验状态", "未定")
    put(book, "结论", 5, "内容", "=1+1")
    put(book, "依据", 2, "用在", "nothing")
    put(book, "依据", 3, "文件编号", "flag-9")
    put(book, "依据", 4, "条款", 3)
    put(book, "依据", 5, "条款", date(2026, 1, 2))
    put(book, "办理", 2, "内容", "差不多")
    put(book, "办理", 3, "项目", "跑腿")
    put(book, "文件", 2, "终止日期", "2025-06-01")
    put(book, "文件", 3, "标题", True)
    book["文件"].cell(1, 15).value = "自己加的列"
    return saved(book)


EXPECTED: list[Told] = [
    ("条目", 3, "核对日期", "no_such_day"),
    ("条目", 4, "标准问题", "empty"),
    ("条目", 5, "测算规则", "unknown_rule"),
    ("条目", 6, "编号", "bad_id"),
    ("条目", 7, "编号", "empty"),
    ("条目", 8, "编号", "duplicate_id"),
    ("条目", 2, "问法", "few_similar"),
    ("问法", 2, "条目编号", "unknown_parent"),
    ("问法", 9, "问法", "similar_twice"),
    ("问法", 20, "问法", "same_as_question"),
    ("短答", 2, "依据的结论", "unknown_claim"),
    ("短答", 3, "短答", "unknown_parameter"),
    ("短答", 4, "起", "bad_date"),
    ("短答", 5, "纳税人类型", "bad_choice"),
    ("结论", 2, "止", "order"),
    ("结论", 2, "核验状态", "sure_without_basis"),
    ("结论", 3, "核验状态", "bad_choice"),
    ("结论", 4, "向谁询问", "open_without_ask"),
    ("结论", 5, "内容", "formula"),
    ("依据", 2, "用在", "unknown_claim"),
    ("依据", 3, "文件编号", "unknown_document"),
    ("依据", 4, "条款", "number"),
    ("依据", 5, "条款", "date_cell"),
    ("办理", 2, "内容", "bad_choice"),
    ("办理", 3, "项目", "bad_choice"),
    ("文件", 2, "终止日期", "order"),
    ("文件", 3, "标题", "bool_cell"),
    ("文件", 1, "自己加的列", "unknown_column"),
]


def test_everything_wrong_with_a_workbook_is_told_at_once_with_sheet_row_and_column() -> None:
    brought = read(broken_workbook())

    found = set(told(brought))
    assert set(EXPECTED) <= found, set(EXPECTED) - found
    assert len({code for _, _, _, code in EXPECTED}) >= 20
    for fault in brought.faults:
        assert fault.place in str(fault) and fault.what
        assert "{" not in fault.what.replace("{{", "")
    # What lacks an id or has a wrong one has no rows of its own, which is told, too; nothing else.
    rest = {each for each in found - set(EXPECTED) if each[:2] not in {("条目", 6), ("条目", 7)}}
    assert rest <= {("条目", 3, "问法", "few_similar"), ("条目", 5, "问法", "few_similar")}


def test_a_missing_sheet_and_a_missing_column_are_told() -> None:
    book = workbook(flag_entry(), documents=(flag_document(),))
    del book["依据"]
    book["短答"]["C1"].value = None

    found = told(read(saved(book)))

    assert ("依据", None, "", "missing_sheet") in found
    assert ("短答", 1, "起", "missing_column") in found


def test_merged_cells_are_told_and_not_guessed() -> None:
    book = workbook(flag_entry(), documents=(flag_document(),))
    book["问法"].merge_cells("A2:A7")

    assert ("问法", None, "", "merged") in told(read(saved(book)))


def test_a_row_longer_than_its_headings_is_told() -> None:
    book = workbook(flag_entry(), documents=(flag_document(),))
    book["问法"]["E2"].value = "旁注"

    assert ("问法", 2, "", "surplus") in told(read(saved(book)))


def test_a_sheet_without_anything_is_told() -> None:
    book = Workbook()

    brought = read(saved(book))

    assert {code for _, _, _, code in told(brought)} == {"missing_sheet"}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_csv_in_another_encoding_is_told_and_how_to_save_it(encoding: str) -> None:
    content = csv_zip(csv_tables(flag_entry(), documents=(flag_document(),)), encoding)

    brought = read(content, name="条目.csv.zip")

    assert ("问法.csv", None, "", "not_utf8") in told(brought)
    assert "CSV UTF-8" in str(brought.faults[0])


def test_csv_with_an_open_quotation_mark_is_told_with_its_row() -> None:
    rows = csv_tables(flag_entry(), documents=(flag_document(),))
    files = dict(zip_files(csv_zip(rows)))
    files["问法.csv"] = '条目编号,问法\r\nflags,"没有收尾'.encode()

    assert ("问法.csv", 2, "", "bad_csv") in told(read(pack(files.items())))


def zip_files(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("条目.xlsx", b"not a workbook at all", "wrong_file"),
        ("条目.xlsx", b"PK\x03\x04 broken", "broken_file"),
        ("条目.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old or locked", "encrypted"),
        ("条目.zip", pack([("readme.txt", b"nothing of ours")]), "wrong_file"),
        ("条目.zip", pack([("[Content_Types].xml", b"<Types/>")]), "broken_file"),
        ("条目.zip", pack([("条目.csv", b"0" * 30_000_000)]), "zip_bomb"),
        ("条目.zip", b"x" * (MOST_BYTES + 1), "too_large"),
    ],
)
def test_what_is_no_library_is_refused_with_a_sentence(
    name: str, content: bytes, code: str
) -> None:
    with pytest.raises(ExchangeRefused) as refused:
        read(content, name=name)

    [fault] = refused.value.faults
    assert (fault.place, fault.code) == (name, code)


def test_a_workbook_that_declares_entities_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    files = dict(zip_files(saved(workbook(flag_entry()))))
    files["xl/workbook.xml"] = bomb

    with pytest.raises(ExchangeRefused) as refused:
        read(pack(files.items()))

    assert refused.value.faults[0].code == "dangerous_xml"


def test_a_member_that_is_larger_than_it_says_is_refused() -> None:
    content = bytearray(pack([("条目.csv", b"0" * 500_000)]))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = (100).to_bytes(4, "little")

    with pytest.raises(ExchangeRefused) as refused:
        read(bytes(content))

    assert refused.value.faults[0].code in ("zip_bomb", "broken_file")


def test_everything_wrong_with_a_yaml_folder_is_told_with_file_and_line(tmp_path: Path) -> None:
    claim = flag_data()["claims"][0]
    entries = tmp_path / "entries" / "service"
    entries.mkdir(parents=True)
    wrong = flag_data(
        question=7,
        claims=[claim | {"certainty": "sure", "text": "{{ no.such.figure }}", "surprise": 1}],
        checked_on="昨天",
        short_answers=[{"text": "要报备。", "from": date(2026, 1, 1), "claims": ["other"]}],
    )
    (entries / "flags.yml").write_text(as_yaml(wrong), "utf-8")
    (entries / "kites.yml").write_text(as_yaml(flag_data(id="masts")), "utf-8")
    (entries / "twice.yml").write_text(
        as_yaml(flag_data(id="twice")) + "rule: a\nrule: b\n", "utf-8"
    )
    (entries / "latin.yml").write_bytes("id: 乱码".encode("gb18030"))

    brought = read_path(tmp_path, registered=(), progress=quiet)

    found = {(place.rpartition("/")[2], column, code) for place, _, column, code in told(brought)}
    assert {
        ("flags.yml", "question", "not_text"),
        ("flags.yml", "claims.0.certainty", "bad_choice"),
        ("flags.yml", "claims.0.text", "unknown_parameter"),
        ("flags.yml", "claims.0.surprise", "unknown_field"),
        ("flags.yml", "claims.0.basis.0.document", "unknown_document"),
        ("flags.yml", "checked_on", "bad_date"),
        ("flags.yml", "short_answers.0.claims", "unknown_claim"),
        ("kites.yml", "id", "file_name"),
        ("twice.yml", "rule", "not_yaml"),
        ("latin.yml", "", "not_utf8"),
    } <= found
    text = (entries / "flags.yml").read_text("utf-8").splitlines()
    surprise = next(each for each in brought.faults if each.column.endswith("surprise"))
    assert surprise.row and "surprise" in text[surprise.row - 1]
    assert yaml.safe_load(as_yaml(wrong))["question"] == 7
