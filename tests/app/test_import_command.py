"""``runmiao enterprises import``: what it writes, what it only checks, where it refuses."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.cli import main
from core.database import Sessions
from enterprises.tables import Enterprise
from tests.enterprises.test_enterprise_import import CLERK, FIRM

PRODUCTION = {
    "RUNMIAO_MODE": "production",
    "RUNMIAO_SECRET_KEY": "k" * 32,
    "RUNMIAO_OPERATOR_TOKEN": "t" * 16,
    "RUNMIAO_BUREAU_FILE": str(Path(__file__).parents[2] / "core" / "sample_bureau.yml"),
    "RUNMIAO_PUBLIC_URL": "https://tax.example",
    "RUNMIAO_SMS_GATEWAY_URL": "https://sms.example/codes",
}
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RUNMIAO_DATABASE_URL", database_url)
    monkeypatch.setenv("RUNMIAO_DATA_FOLDER", str(tmp_path / "var"))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*options: str, **changes: str) -> tuple[int, str]:
        path = tmp_path / "firms.jsonl"
        path.write_text(json.dumps(FIRM | {"roles": [CLERK]} | changes), "utf-8")
        status = main(["enterprises", "import", str(path), *options])
        told = capsys.readouterr()
        return status, told.out + told.err

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


def firms(database: Sessions) -> list[str]:
    with database() as session:
        return list(session.scalars(select(Enterprise.name)))


def test_a_file_is_taken_over_and_what_changed_is_told(run: Run, database: Sessions) -> None:
    status, told = run()

    assert (status, firms(database)) == (0, [FIRM["name"]])
    assert "新增 1 户" in told and "办税身份新增 1 个" in told


def test_a_dry_run_tells_the_same_and_writes_nothing(run: Run, database: Sessions) -> None:
    status, told = run("--dry-run")

    assert (status, firms(database)) == (0, [])
    assert "没有写入：新增 1 户" in told


def test_a_file_with_a_fault_is_refused_with_a_failing_status(run: Run, database: Sessions) -> None:
    status, told = run(name="")

    assert (status, firms(database)) == (1, [])
    assert "✗ 第1行 名称：没有填写" in told
    assert "1处问题，一户也没有导入" in told


def test_no_real_firm_gets_into_the_demo_which_shows_codes_on_the_screen(
    run: Run, database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNMIAO_MODE", "demo")

    status, told = run()

    assert (status, firms(database)) == (1, [])
    assert "不能导入真实企业" in told
