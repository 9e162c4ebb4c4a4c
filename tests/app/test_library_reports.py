"""``runmiao kb check``, ``stats`` and ``expiring``: for people, and as one line of JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from core.clock import china_date, utc_now
from core.database import Sessions, transaction
from knowledge_base.files import LibraryFiles, read_library
from knowledge_base.loading import load_files
from knowledge_base.register import Ending, end_document
from knowledge_base.schema import DocumentState
from tests.conftest import NOW

Run = Callable[..., tuple[int, list[str]]]


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

    def run(*arguments: object) -> tuple[int, list[str]]:
        status = main(["kb", *map(str, arguments)])
        return status, capsys.readouterr().out.splitlines()

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


def last(lines: list[str]) -> Any:
    return json.loads(lines[-1])


def test_the_check_ends_with_its_findings_as_json(run: Run) -> None:
    _, lines = run("check", "--json")

    told = last(lines)
    assert lines[-2].startswith(f"{told['errors']} 处错误")
    assert len(told["findings"]) == len(lines) - 2
    assert set(told["findings"][0]) == {"place", "what", "is_error"}


def test_the_counts_know_what_only_the_database_knows(run: Run, database: Sessions) -> None:
    files = read_library()
    some = dict(list(files.entries.items())[:3])
    with transaction(database) as session:
        load_files(session, LibraryFiles(files.documents, some), editor="files", now=NOW)
        ending = Ending(DocumentState.REPEALED, "已废止")
        end_document(session, "sta-2026-2", ending, editor="editor", now=NOW)

    told = last(run("stats", "--json")[1])

    assert told["entries_by_state"] == {"published": 3}
    assert told["documents_ended_at_desk"] == 1
    assert told["similar_per_entry"]["min"] >= 6
    assert sum(told["documents_by_state"].values()) == told["documents"]


def test_what_ends_is_read_from_the_files_before_anything_is_loaded(run: Run) -> None:
    status, lines = run("expiring", "--within", 1500, "--json")

    told = last(lines)
    assert status == 0
    assert (told["within"], told["today"]) == (1500, china_date(utc_now()).isoformat())
    far = (china_date(utc_now()) + timedelta(days=1500)).isoformat()
    days = [each["last_day"] for each in told["ending"]]
    assert days
    assert days == sorted(days)
    assert told["today"] <= days[0] <= days[-1] <= far
    assert "天内到期" in lines[-2]
