"""What the command line finds where somebody went past the services."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import delete, func, select, update

from app.cli import main
from core.audit import AuditLine, write_audit
from core.clock import Clock
from core.database import Sessions, transaction
from knowledge_base.files import LibraryFiles, to_yaml
from knowledge_base.loading import load_files
from knowledge_base.store import save_draft
from knowledge_base.tables import LibraryVersion
from tests.knowledge_base.reviewing import publish_reviewed

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setenv("RUNMIAO_DATABASE_URL", database_url)
    monkeypatch.setenv("RUNMIAO_DATA_FOLDER", str(tmp_path_factory.mktemp("var")))

    def run(*arguments: str) -> tuple[int, str]:
        status = main(list(arguments))
        return status, capsys.readouterr().out

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def trail(database: Sessions, clock: Clock) -> Sessions:
    with transaction(database) as session:
        for number in range(3):
            subject = f"thing:{number}"
            write_audit(session, actor="staff:li", deed="a.b.c", subject=subject, now=clock())
    return database


def test_an_untouched_trail_is_confirmed_with_its_length(run: Run, trail: Sessions) -> None:
    status, told = run("audit", "check")

    assert (status, "3 行" in told) == (0, True)


@pytest.mark.parametrize(
    "harm",
    [
        update(AuditLine).where(AuditLine.subject == "thing:1").values(actor="staff:wang"),
        delete(AuditLine).where(AuditLine.subject == "thing:1"),
    ],
    ids=["changed", "removed"],
)
def test_a_trail_that_was_touched_is_told_with_the_line_and_a_failing_status(
    run: Run, trail: Sessions, harm
) -> None:
    with transaction(trail) as session:
        session.execute(harm)
        where = AuditLine.subject.in_(("thing:1", "thing:2"))
        first = session.scalar(select(func.min(AuditLine.id)).where(where))

    status, told = run("audit", "check")

    assert (status, f"第 {first} 行" in told) == (1, True)


def edit_at_the_desk(sessions: Sessions, files: LibraryFiles, now: datetime) -> str:
    entry = next(iter(files.entries.values()))
    changed = entry.model_copy(update={"question": f"{entry.question}（改）"})
    with transaction(sessions) as session:
        load_files(session, files, editor="files", now=now)
        save_draft(session, yaml_text=to_yaml(changed), base_version=1, editor="li", now=now)
        publish_reviewed(session, entry.id, version=2, now=now)
    return entry.id


def test_versions_made_at_the_desk_and_loaded_from_files_pass_the_check(
    run: Run, database: Sessions, small_library: LibraryFiles, clock: Clock
) -> None:
    edit_at_the_desk(database, small_library, clock())

    _, told = run("kb", "check")

    assert "审计记录里却没有" not in told


def test_a_version_published_past_the_services_is_named(
    run: Run, database: Sessions, small_library: LibraryFiles, clock: Clock
) -> None:
    entry_id = edit_at_the_desk(database, small_library, clock())
    with transaction(database) as session:
        session.execute(
            update(LibraryVersion)
            .where(LibraryVersion.entry_id == entry_id, LibraryVersion.version == 1)
            .values(published_by="wang")
        )

    status, told = run("kb", "check")

    assert status == 1
    assert f"{entry_id} 第1版：由 wang 发布，审计记录里却没有" in told
    assert "第2版" not in told
