from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, select

from app import postgres_dumps
from app.archives import BackupDamaged
from app.backup import (
    BackupOfOtherKind,
    BackupTooNew,
    DatabaseUnreachable,
    NothingToBackUp,
    WouldOverwrite,
    backup,
    restore,
)
from app.migrate import migrate, revision_of
from app.postgres_dumps import ProgramFailed, ProgramMissing
from app.rasa_keeper import tracker_path
from app.sqlite_copies import DatabaseInUse
from appeals.tables import Appeal
from core.audit import first_broken_line
from core.clock import Clock
from core.database import Sessions, open_engine, open_sessions, transaction
from core.messages import sentence_for
from core.secrets import BrokenSeal, Keys
from core.settings import Settings
from enterprises.kinds import EnterpriseStatus, FilingCycle, Subject, TaxpayerType
from enterprises.tables import Enterprise
from tests.app.talks import PHONE, file_from, hold_talk

ROOT_KEY = "a root key of the tests, 32 characters long"


@pytest.fixture
def running(settings: Settings, database_url: str) -> Settings:
    """The settings of the service that is backed up."""
    return replace(settings, database_url=database_url, secret_key=ROOT_KEY)


@pytest.fixture
def other(running: Settings, empty_url: str, tmp_path: Path) -> Settings:
    """The settings of another machine with an empty database."""
    return replace(running, database_url=empty_url, data_folder=str(tmp_path / "other"))


@pytest.fixture
def filled(database: Sessions, running: Settings, clock: Clock) -> str:
    """Rows of several rooms and a tracker; returns the number of the appeal."""
    with transaction(database) as session:
        talk = hold_talk(session, now=clock())
        filed = file_from(session, talk, keys=Keys(ROOT_KEY), now=clock())
        session.add(make_enterprise())
        talk_id = talk.talk_id
    write_tracker(running, talk_id)
    return filed.appeal.number


def make_enterprise() -> Enterprise:
    return Enterprise(
        uscc="91330000000000000X", name="示例：“山河”商贸（测试）", subject=list(Subject)[0],
        taxpayer_type=list(TaxpayerType)[0], filing_cycle=list(FilingCycle)[0], industry="零售",
        region_code="000000", region_name="示例区", competent_authority="示例局",
        registered_on=date(2020, 2, 29), status=list(EnterpriseStatus)[0], headcount=3,
        assets_yuan=Decimal("1234567.89"), is_small_low_profit=True, is_sample=True,
    )  # fmt: skip


def write_tracker(settings: Settings, talk_id: str) -> None:
    path = tracker_path(settings.folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as tracker, tracker:
        tracker.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
        tracker.execute("INSERT INTO events (sender_id, data) VALUES (?, '{}')", (talk_id,))


def everything(url: str) -> dict[str, list[Any]]:
    """All rows of all tables, read without our table classes."""
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in tables.tables.items()
        }
    engine.dispose()
    return rows


def rewritten(archive: Path, target: Path, **files: bytes | None) -> Path:
    """A copy of an archive in which some files have other contents, or are left out."""
    with tarfile.open(archive, "r:gz") as old, tarfile.open(target, "w:gz") as new:
        for member in old.getmembers():
            key = member.name.replace(".", "_")
            found = old.extractfile(member)
            content = files[key] if key in files else found and found.read()
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return target


def manifest_of(archive: Path) -> dict[str, Any]:
    with tarfile.open(archive, "r:gz") as packed:
        found = packed.extractfile("manifest.json")
        assert found is not None
        told: dict[str, Any] = json.load(found)
    return told


def test_every_row_and_the_tracker_come_back_on_another_machine(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)

    restored = restore(other, archive)

    before = everything(running.database_url)
    assert before["appeals"] and before["answers"] and before["enterprises"]
    assert everything(other.database_url) == before
    assert restored.rows["appeals"] == 1
    assert restored.key_fits is True
    with closing(sqlite3.connect(tracker_path(other.folder))) as tracker:
        assert tracker.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_a_restored_service_goes_on_working(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    restore(other, backup(running, tmp_path / "backups", clock=clock))
    engine = open_engine(other.database_url)
    sessions = open_sessions(engine)

    migrate(engine)
    with transaction(sessions) as session:
        talk = hold_talk(session, now=clock() + timedelta(hours=1), said="恢复之后再问")
        file_from(session, talk, keys=Keys(ROOT_KEY), now=clock() + timedelta(days=2))

    with sessions() as session:
        first, second = session.scalars(select(Appeal).order_by(Appeal.id))
        assert second.id > first.id, "the sequences went along"
        assert Keys(ROOT_KEY).unseal(first.contact_sealed or "") == PHONE
        assert first_broken_line(session) is None
    engine.dispose()


def test_the_archive_is_named_by_chinese_time_and_private_and_tells_what_is_in_it(
    filled: str, running: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)

    assert archive.name == "runmiao-20260917-013000.tar.gz"
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]
    manifest = manifest_of(archive)
    engine = open_engine(running.database_url)
    assert manifest["revision"] == revision_of(engine)
    engine.dispose()
    assert manifest["made_at"] == "2026-09-16T17:30:00+00:00"
    assert manifest["rows"]["turns"] == 1
    assert "rasa_tracker.db" in manifest["files"]


def test_secrets_are_not_in_the_archive(
    filled: str, running: Settings, tmp_path: Path, clock: Clock
) -> None:
    demo = replace(running, secret_key="")
    (running.folder / "secret_key.txt").write_text(ROOT_KEY)

    archive = backup(demo, tmp_path / "backups", clock=clock)

    with tarfile.open(archive) as packed:
        for name in packed.getnames():
            found = packed.extractfile(name)
            assert found is not None and ROOT_KEY.encode() not in found.read()
        assert "secret_key.txt" not in packed.getnames()


def test_another_root_key_is_noticed(
    filled: str,
    running: Settings,
    other: Settings,
    tmp_path: Path,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    stranger = replace(other, secret_key="quite another root key, also 32 long")

    assert restore(stranger, archive).key_fits is False

    assert "RUNMIAO_SECRET_KEY" in caplog.text
    sessions = open_sessions(engine := open_engine(stranger.database_url))
    with sessions() as session, pytest.raises(BrokenSeal):
        sealed = session.scalars(select(Appeal.contact_sealed)).one()
        Keys(stranger.secret_key).unseal(sealed or "")
    engine.dispose()


def test_a_backup_is_made_while_others_write(
    filled: str, database: Sessions, running: Settings, other: Settings, tmp_path: Path,
    clock: Clock,
) -> None:  # fmt: skip
    with transaction(database) as session:
        hold_talk(session, now=clock(), said="还没有提交的问题", identity_key="web:slow")
        session.flush()
        archive = backup(running, tmp_path / "backups", clock=clock)

    assert manifest_of(archive)["rows"]["conversations"] == 1
    assert restore(other, archive).rows["conversations"] == 1


def test_a_database_that_has_rows_is_not_overwritten_without_force(
    filled: str, running: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    before = everything(running.database_url)

    with pytest.raises(WouldOverwrite) as refused:
        restore(running, archive)

    assert "--force" in sentence_for(refused.value)
    assert everything(running.database_url) == before


def test_force_overwrites_and_keeps_what_was_there(
    filled: str, database: Sessions, running: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    as_saved = everything(running.database_url)
    with transaction(database) as session:
        hold_talk(session, now=clock(), said="备份之后的问题", identity_key="web:later")
    as_overwritten = everything(running.database_url)
    database.kw["bind"].dispose()

    restore(running, archive, force=True, clock=clock)

    assert everything(running.database_url) == as_saved
    if running.database_url.startswith("sqlite"):
        kept = tmp_path / "runmiao.db.before-restore-20260917-013000"
        assert everything(f"sqlite:///{kept}") == as_overwritten
    else:
        (kept,) = (running.folder / "before-restore").iterdir()
        assert manifest_of(kept)["rows"]["conversations"] == 2


def test_a_database_that_is_in_use_is_not_replaced(
    filled: str, database: Sessions, running: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    before = everything(running.database_url)

    with database() as session:
        session.scalars(select(Appeal.id)).all()
        session.rollback()
        with pytest.raises(DatabaseInUse):
            restore(running, archive, force=True)

    assert everything(running.database_url) == before


def test_migrated_but_empty_tables_count_as_an_empty_database(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    engine = open_engine(other.database_url)
    migrate(engine)
    engine.dispose()

    restore(other, archive)

    assert everything(other.database_url) == everything(running.database_url)


def test_a_damaged_archive_changes_nothing(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    content = archive.read_bytes()
    middle = len(content) // 2
    damaged = tmp_path / "damaged.tar.gz"
    for broken in (
        b"",
        "不是备份".encode(),
        content[:middle],
        content[:middle] + bytes(each ^ 255 for each in content[middle : middle + 64])
        + content[middle + 64 :],
    ):  # fmt: skip
        damaged.write_bytes(broken)
        with pytest.raises(BackupDamaged):
            restore(other, damaged)
    assert everything(other.database_url) == {}


def test_a_file_that_does_not_fit_its_digest_is_refused(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    changed = rewritten(archive, tmp_path / "changed.tar.gz", rasa_tracker_db=b"something else")

    with pytest.raises(BackupDamaged, match="rasa_tracker.db"):
        restore(other, changed)

    assert not tracker_path(other.folder).exists()


def test_a_name_in_the_manifest_cannot_lead_out_of_the_folder(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    manifest = manifest_of(archive)
    manifest["files"]["../../escaped"] = manifest["files"]["rasa_tracker.db"]
    evil = rewritten(archive, tmp_path / "evil.tar.gz", manifest_json=json.dumps(manifest).encode())

    with pytest.raises(BackupDamaged, match="escaped"):
        restore(other, evil)


def test_a_backup_from_a_later_version_is_refused(
    filled: str, running: Settings, other: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    manifest = manifest_of(archive) | {"revision": "9999"}
    newer = rewritten(
        archive, tmp_path / "newer.tar.gz", manifest_json=json.dumps(manifest).encode()
    )

    with pytest.raises(BackupTooNew) as refused:
        restore(other, newer)

    assert "9999" in sentence_for(refused.value)
    assert everything(other.database_url) == {}


def test_a_database_without_tables_cannot_be_backed_up(other: Settings, tmp_path: Path) -> None:
    with pytest.raises(NothingToBackUp):
        backup(other, tmp_path / "backups")

    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_of_one_kind_does_not_go_into_the_other(
    filled: str, running: Settings, settings: Settings, tmp_path: Path, clock: Clock
) -> None:
    archive = backup(running, tmp_path / "backups", clock=clock)
    kinds = ["sqlite:////nowhere.db", "postgresql+psycopg://127.0.0.1:1/x"]
    url = next(url for url in kinds if url[:6] != running.database_url[:6])

    with pytest.raises(BackupOfOtherKind):
        restore(replace(settings, database_url=url), archive)


def test_a_server_that_is_away_is_told_without_its_password(settings: Settings) -> None:
    away = replace(settings, database_url="postgresql+psycopg://u:hidden@127.0.0.1:1/runmiao")

    with pytest.raises(DatabaseUnreachable) as refused:
        backup(away, settings.folder / "backups")

    assert "127.0.0.1:1" in sentence_for(refused.value)
    assert "hidden" not in sentence_for(refused.value)


def test_a_sqlite_file_that_is_damaged_is_replaced_by_force_and_kept(
    sqlite_template: Path, settings: Settings, tmp_path: Path, clock: Clock
) -> None:
    good = replace(settings, database_url=f"sqlite:///{sqlite_template}")
    archive = backup(good, tmp_path / "backups", clock=clock)
    path = tmp_path / "broken.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    broken = replace(settings, database_url=f"sqlite:///{path}")

    with pytest.raises(WouldOverwrite):
        restore(broken, archive)
    restore(broken, archive, force=True, clock=clock)

    assert everything(broken.database_url) == everything(good.database_url)
    assert (tmp_path / "broken.db.before-restore-20260917-013000").read_bytes()[
        :11
    ] == b"no database"


def test_a_failed_load_leaves_postgresql_as_it_was(postgres_template: str, tmp_path: Path) -> None:
    url = f"{postgres_template.rpartition('/')[0]}/runmiao_template"
    before = everything(url)
    dump = tmp_path / "all.dump"
    postgres_dumps._run("pg_dump", url, "--format=custom", f"--file={dump}")

    with pytest.raises(ProgramFailed, match="already exists"):
        postgres_dumps.load_postgres(url, dump, tables=["appeal_drafts"])

    assert everything(url) == before, "the table that was dropped before the failure is back"


def test_the_password_is_not_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spy = tmp_path / "pg_dump"
    spy.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/arguments; echo "$PGPASSWORD" > {tmp_path}/p\n'
    )
    spy.chmod(0o755)
    monkeypatch.setattr(postgres_dumps, "find_program", lambda name: spy)

    postgres_dumps._run("pg_dump", "postgresql+psycopg://u:s%40fe@h:5432/db?sslmode=require")

    told = (tmp_path / "arguments").read_text().strip()
    assert told == "--dbname=postgresql://u@h:5432/db?sslmode=require"
    assert (tmp_path / "p").read_text().strip() == "s@fe"


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres_dumps, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ProgramMissing) as refused:
        postgres_dumps.find_program("pg_dump")

    assert "pg_dump" in sentence_for(refused.value)
