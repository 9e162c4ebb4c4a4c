"""``runmiao kb export``, ``import`` and ``template`` on the real database."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from app.cli import main
from core.database import Sessions, reading, transaction
from knowledge_base.kept_terms import approve_term, propose_term
from knowledge_base.store import published_entries
from knowledge_base.tables import LibraryEntry
from tests.conftest import NOW

Run = Callable[..., tuple[int, str]]
ENTRY = Path(__file__).parents[2] / "knowledge_base" / "entries" / "referral"


@pytest.fixture
def run(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    monkeypatch.setenv("RUNMIAO_DATABASE_URL", database_url)
    monkeypatch.setenv("RUNMIAO_DATA_FOLDER", str(tmp_path / "var"))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: object) -> tuple[int, str]:
        status = main(["kb", *map(str, arguments)])
        told = capsys.readouterr()
        return status, told.out + told.err

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_library_goes_out_and_comes_back_in_every_format(run: Run, tmp_path: Path) -> None:
    assert run("load", "--folder", ENTRY)[0] == 0
    for name in ("kb.xlsx", "kb.csv.zip", "kb.yaml.zip", "folder"):
        status, told = run("export", tmp_path / name)
        assert status == 0, told

        status, told = run("import", tmp_path / name, "--json")

        result = json.loads(told.strip().splitlines()[-1])
        assert (status, result["faults"]) == (0, [])
        counts = result["entries"]["counts"]
        assert (counts["new"], counts["changed"]) == (0, 0)
        assert counts["unchanged"] == len(list(ENTRY.glob("*.yml")))
    found = [path.name for path in (tmp_path / "folder" / "entries" / "referral").iterdir()]
    assert sorted(found) == sorted(path.name for path in ENTRY.glob("*.yml"))


def test_an_import_saves_drafts_and_a_dry_run_saves_nothing(
    run: Run, tmp_path: Path, database: Sessions
) -> None:
    run("load", "--folder", ENTRY)
    run("export", tmp_path / "kb.xlsx")
    book = load_workbook(tmp_path / "kb.xlsx")
    book["条目"]["B2"].value = "这一条改过的问题要怎么问呢？"
    entry_id = book["条目"]["A2"].value
    book.save(tmp_path / "kb.xlsx")

    status, told = run("import", tmp_path / "kb.xlsx", "--dry-run")
    assert (status, "只检查，没有写入" in told) == (0, True)
    assert f"~ {entry_id} 第2版：标准问题" in told
    assert latest(database, entry_id) == 1

    status, told = run("import", tmp_path / "kb.xlsx")
    assert (status, "已存为草稿：新增 0 条，更新 1 条" in told) == (0, True)
    assert latest(database, entry_id) == 2
    with reading(database) as session:
        assert {version for _, version in published_entries(session)} == {1}


def latest(database: Sessions, entry_id: str) -> int:
    with reading(database) as session:
        return session.get_one(LibraryEntry, entry_id).latest_version


def test_a_broken_file_is_refused_with_a_failing_status_and_every_place(
    run: Run, tmp_path: Path, database: Sessions
) -> None:
    run("template", tmp_path / "kb.xlsx")
    book = load_workbook(tmp_path / "kb.xlsx")
    book["条目"].append(["kites", "风筝要报备吗", "service", None, None, None, "2026-13-01"])
    book["问法"].append(["nobody", "谁的风筝"])
    book.save(tmp_path / "kb.xlsx")

    status, told = run("import", tmp_path / "kb.xlsx", "--json")

    assert status == 1
    assert "✗ 条目 第2行 核对日期：没有“2026-13-01”这一天" in told
    assert "✗ 问法 第2行 条目编号：“条目”表里没有编号“nobody”" in told
    result = json.loads(next(line for line in told.splitlines() if line.startswith("{")))
    assert result["imported"] is False
    assert {
        "place": "问法",
        "row": 2,
        "column": "条目编号",
        "code": "unknown_parent",
    }.items() <= next(each for each in result["faults"] if each["code"] == "unknown_parent").items()
    with reading(database) as session:
        assert session.get(LibraryEntry, "kites") is None


def test_xlsx_into_a_folder_is_explained(run: Run, tmp_path: Path) -> None:
    status, told = run("export", tmp_path / "folder", "--format", "xlsx")

    assert (status, "XLSX 要写成一个文件" in told) == (1, True)


def test_kept_terms_go_out_as_a_file_of_the_thesaurus(
    run: Run, database: Sessions, tmp_path: Path
) -> None:
    with transaction(database) as session:
        for text in ("嗡嗡纸", "嗡嗡票"):
            row = propose_term(
                session, text=text, term="增值税专用发票", kind="said", officer="li", now=NOW
            )
        approve_term(session, row.id, officer="wang", now=NOW)

    status, told = run("terms", tmp_path / "kept.yml")

    assert (status, "1 条" in told) == (0, True)
    kept = yaml.safe_load((tmp_path / "kept.yml").read_text("utf-8"))
    assert kept == {"增值税专用发票": {"said": ["嗡嗡票"]}}
