"""``runmiao kb notice`` on the real database."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli import main
from core.database import Sessions, reading
from knowledge_base.notice_tables import ProposalState
from knowledge_base.notices.keeping import get_proposal, list_proposals
from knowledge_base.tables import LibraryEntry

Run = Callable[..., tuple[int, str]]
NOTICE = """\
关于门店彩旗报备有关事项的公告
国家税务总局公告2026年第99号
一、纳税人应当在挂旗之日起15日内办理彩旗报备。
二、本公告自2026年10月1日起施行，《彩旗办法》第三条废止。
"""


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


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "公告.txt"
    path.write_bytes(NOTICE.encode("gb18030"))
    return path


def test_a_notice_is_shown_and_nothing_is_stored(
    run: Run, notice: Path, database: Sessions
) -> None:
    status, told = run("notice", notice, "--json")

    assert status == 0, told
    assert "国家税务总局公告2026年第99号 关于门店彩旗报备有关事项的公告" in told
    assert "施行 2026-10-01" in told
    assert "第二条 提到 《彩旗办法》第三条" in told
    assert "+ 1 第一条 要在什么期限内办理彩旗报备？" in told
    found = json.loads(told.splitlines()[-1])
    assert (found["document"]["id"], found["saved"]) == ("sta-2026-99", None)
    assert [each["path"] for each in found["clauses"]] == ["", "第一条", "第二条"]
    with reading(database) as session:
        assert list_proposals(session, state=None, page=1, per_page=9) == ([], 0)


def test_a_notice_is_saved_once_for_the_editors(run: Run, notice: Path, database: Sessions) -> None:
    first = json.loads(run("notice", notice, "--save", "--json")[1].splitlines()[-1])["saved"]
    status, told = run("notice", notice, "--save", "--json")

    again = json.loads(told.splitlines()[-1])["saved"]
    assert (status, first["new"], again["new"], again["id"]) == (0, True, False, first["id"])
    assert "以前存过" in told
    with reading(database) as session:
        row = get_proposal(session, first["id"])
        assert (row.state, row.proposed_by) == (ProposalState.OPEN, "operator")
        assert row.file_name == "公告.txt"
        assert session.get(LibraryEntry, "sta-2026-99-1") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "没有文字"), (b"\xd0\xcf\x11\xe0old", "另存为 DOCX"), (None, "读不了文件")],
)
def test_what_cannot_be_read_is_said(
    run: Run, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "公告.doc"
    if content is not None:
        path.write_bytes(content)

    status, told = run("notice", path)

    assert status != 0 and said in told
