"""Nothing is lost between YAML, XLSX and CSV, and the same library always gives the same bytes."""

from __future__ import annotations

import io
from datetime import date
from typing import Any, get_args

import pytest
from brought_files import csv_tables, csv_zip, quiet, read, saved, workbook
from flags import flag_data, flag_document, flag_entry
from hypothesis import given, settings
from hypothesis import strategies as some
from openpyxl import load_workbook
from pydantic import BaseModel

from knowledge_base.exchange.columns import choices, tables
from knowledge_base.exchange.exchange import FORMATS, read_path, write_file, write_files
from knowledge_base.exchange.faults import ExchangeNotWritten
from knowledge_base.files import read_library, to_yaml
from knowledge_base.schema import Claim, Document, Entry, Handling, Referral, ShortAnswer
from policy_rules.parameters import Basis
from policy_rules.rules import RULES

AWKWARD = (
    "=1+1", "+86", "-5", "@name", "'=quoted", "'x", "''", '""', '\\""', "＝全角", "\ttab first",
    " spaces around ", "two\nlines", "win\r\ndows", "old\rmac", "_x000D_ spelled", "x005F_",
    "_x005F_x000D_", "a;b；c\\d", 'quote " in', "comma, 逗号，", "12366", "2026-01-31", "TRUE",
    "null", "~", "\u3000全角空格\u3000", "e\u0301 📄", "\ufeffmark", "line\u2028separator", "\x0bv",
)  # fmt: skip


def awkward_entry() -> Entry:
    """An entry in which every field is set and every text is hard to carry."""
    when = {
        "taxpayer_type": ["general", "small_scale"],
        "subject": ["sole_trader"],
        "filing_cycle": ["per_transaction", "monthly"],
        "case": "=情形\n两行",
    }
    claim = {
        **flag_data()["claims"][0],
        "to": "2026-12-31",
        "when": when,
        "region": "某省",
        "measured_by": "today",
        "ask": "",
    }
    basis = [{"document": "flag-1"}, {"document": "flag-1", "clause": "", "history": True}]
    entry = flag_entry(
        similar=[text if len(text) > 1 else text * 2 for text in AWKWARD],
        topics=["service", "a；b", "", " c ", "\\"],
        short_answers=[{"text": "'=短答", "from": "2026-01-01", "claims": ["sure"], "when": when}],
        claims=[claim, {**claim, "id": "open", "certainty": "open", "ask": "彩旗办公室"}],
        traps=[{**claim, "id": "trap", "text": "长" * 30_000, "basis": basis}],
        handling={
            "steps": ["- 先", "+ 后"],
            "materials": ["=旗"],
            "channels": ["窗口", "网上"],
            "time_needed": "",
            "claim_mode": "\n自己挂",
            "certainty": "unverified",
            "basis": basis,
        },
        referral={"office": "彩旗办公室", "telephone": "12366", "where": ""},
        related=["flags", "other;entry"],
        rule=min(RULES),
        policies=["VAT-01", "；"],
    )
    # As it is read from a database: no two values are one and the same object.
    return Entry.model_validate_json(entry.model_dump_json(by_alias=True))


def awkward_document() -> Document:
    return flag_document(
        id="flag-2",
        number=None,
        ended_on="2027-12-31",
        replaces=["flag-1"],
        url="",
        note="=备注",
        state="partly_repealed",
        ended_clauses=["第一条；第二款"],
    )


def models_of(entries: list[Entry], documents: list[Document]) -> dict[str, bytes]:
    return write_files(entries, documents, format="yaml")


def check_round_trip(entries: list[Entry], documents: list[Document], format: str) -> None:
    first = write_file(entries, documents, format=format)
    brought = read(first)

    assert brought.faults == []
    assert models_of(brought.entries, brought.documents) == models_of(entries, documents)
    assert write_file(brought.entries, brought.documents, format=format) == first


@pytest.mark.parametrize("format", FORMATS)
def test_the_whole_library_comes_back_as_it_was(format: str) -> None:
    library = read_library()
    assert len(library.entries) > 100

    check_round_trip(list(library.entries.values()), list(library.documents.values()), format)


@pytest.mark.parametrize("format", FORMATS)
def test_texts_that_are_hard_to_carry_come_back_as_they_were(format: str) -> None:
    check_round_trip([awkward_entry()], [flag_document(), awkward_document()], format)


@settings(max_examples=40, deadline=None)
@given(
    texts=some.lists(
        some.text(some.characters(exclude_categories=["Cs"]), min_size=2, max_size=20),
        min_size=6,
        max_size=8,
        unique=True,
    )
)
def test_any_text_at_all_comes_back_as_it_was(texts: list[str]) -> None:
    entry = flag_entry(
        similar=[text.replace("{", "") + "？" for text in texts], policies=texts, related=texts[:1]
    )
    for format in ("xlsx", "csv"):
        check_round_trip([entry], [flag_document()], format)


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> list[str]:
    """Every field below a model, dotted, lists of models left out."""
    found = []
    for name, info in model.model_fields.items():
        kind = next((each for each in (info.annotation, *get_args(info.annotation))
                     if isinstance(each, type) and issubclass(each, BaseModel)), None)  # fmt: skip
        here = (*path, info.alias or name)
        if kind is not None and "tuple" not in str(info.annotation):
            found += leaves(kind, here)
        elif kind is None:
            found.append(".".join(here))
    return found


@pytest.mark.parametrize(
    ("model", "table", "elsewhere"),
    [
        (Entry, "entries", {"similar"}),
        (ShortAnswer, "short_answers", set()),
        (Claim, "claims", set()),
        (Basis, "bases", set()),
        (Document, "documents", set()),
    ],
)
def test_every_field_has_a_column(model: type[BaseModel], table: str, elsewhere: set[str]) -> None:
    columns = {column.field for column in tables()[table].columns}
    fields = {each for each in leaves(model) if not each.startswith("handling.")}

    assert fields - elsewhere <= columns
    assert columns - fields <= {"entry", "kind", "used_by"}


def test_every_part_of_the_handling_has_a_name_and_every_choice_a_label() -> None:
    parts = set(Handling.model_fields) - {"basis"}
    known: dict[str, Any] = choices()

    assert set(known["handling_part"]) == parts
    assert {column.field for column in tables()["entries"].columns} >= {
        f"referral.{name}" for name in Referral.model_fields
    }
    for labels in known.values():
        assert len(set(labels.values())) == len(labels)


def test_the_folder_that_is_written_is_read_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    entry, document = flag_entry(), flag_document()
    for format in ("yaml", "csv"):
        for name, content in write_files([entry], [document], format=format).items():
            path = tmp_path / format / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

        brought = read_path(tmp_path / format, registered=(), progress=quiet)

        assert (brought.faults, brought.entries, brought.documents) == ([], [entry], [document])
    assert (tmp_path / "yaml/entries/service/flags.yml").read_text("utf-8") == to_yaml(entry)


def test_a_topic_is_no_way_out_of_the_folder() -> None:
    files = write_files([flag_entry(topics=["../../etc"])], [], format="yaml")

    assert list(files) == ["entries/______etc/flags.yml"]


def test_a_workbook_opens_with_help_headings_choices_and_no_formula() -> None:
    book = load_workbook(
        io.BytesIO(write_file([awkward_entry()], [flag_document()], format="xlsx"))
    )

    assert book.sheetnames == ["说明", *(table.sheet for table in tables().values())]
    for table in tables().values():
        sheet = book[table.sheet]
        assert [cell.value for cell in sheet[1]] == [column.head for column in table.columns]
        assert sheet.freeze_panes == "A2"
        hints = sheet.data_validations.dataValidation
        assert {hint.promptTitle for hint in hints} == {column.head for column in table.columns}
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        assert all(cell.number_format == "@" for cell in sheet[2] if cell.value is not None)
    certainty = next(
        hint for hint in book["结论"].data_validations.dataValidation if hint.type == "list"
    )
    assert certainty.formula1 == '"结论,容易错"'


def test_no_csv_cell_is_a_formula_to_a_spreadsheet() -> None:
    for rows in csv_tables(awkward_entry(), documents=(awkward_document(),)).values():
        for row in rows:
            assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r＝＋－＠"))]


def test_a_text_that_no_cell_can_hold_is_an_error_and_not_cut() -> None:
    claim = flag_data()["claims"][0]
    entry = flag_entry(claims=[{**claim, "text": "长" * 32_768}])

    with pytest.raises(ExchangeNotWritten) as refused:
        write_file([entry], [flag_document()], format="xlsx")

    [fault] = refused.value.faults
    assert (fault.place, fault.row, fault.column, fault.code) == ("结论", 2, "内容", "long_text")
    check_round_trip([entry], [flag_document()], "csv")


def test_what_a_spreadsheet_makes_of_the_file_is_still_understood() -> None:
    book = workbook(flag_entry(), documents=(flag_document(),))
    book["条目"]["G2"].value = date(2026, 9, 1)
    book["短答"]["C2"].value = "2026年1月1日"
    book["结论"]["E2"].value = "2026/1/1"
    book["结论"]["G2"].value = "verified"
    for sheet in book:
        sheet.append([None, "  "])

    brought = read(saved(book))

    assert (brought.faults, brought.entries) == ([], [flag_entry()])


def test_csv_with_a_column_moved_and_blank_lines_is_understood() -> None:
    rows = csv_tables(flag_entry(), documents=(flag_document(),))
    rows["条目"] = [row[1:] + row[:1] for row in rows["条目"]] + [[""] * 10, []]

    brought = read(csv_zip(rows))

    assert (brought.faults, brought.entries) == ([], [flag_entry()])
