"""The database (数据库): moments, transactions, locks."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import String, func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.database import Base, in_transaction, open_engine, open_sessions, reading, transaction


class OwnBase(DeclarativeBase):
    """Apart from the service's tables, so that no migration is expected for it."""

    type_annotation_map = Base.type_annotation_map


class Thing(OwnBase):
    """A row of these tests."""

    __tablename__ = "things_of_core_tests"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)
    at: Mapped[datetime | None]


@pytest.fixture(autouse=True)
def table(sessions):
    OwnBase.metadata.create_all(sessions.kw["bind"])


def count(sessions) -> int:
    with reading(sessions) as session:
        return session.scalar(select(func.count(Thing.id)))


def test_a_moment_without_a_zone_is_refused(sessions):
    naive = datetime(2026, 1, 5, 17, 30)  # noqa: DTZ001

    with pytest.raises(StatementError, match="time zone"), transaction(sessions) as session:
        session.add(Thing(name="a", at=naive))

    assert count(sessions) == 0


def test_a_moment_comes_back_the_same_in_utc(sessions):
    china = datetime(2026, 1, 6, 1, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
    with transaction(sessions) as session:
        session.add(Thing(name="a", at=china))
        session.add(Thing(name="none", at=None))

    with reading(sessions) as session:
        kept = session.scalars(select(Thing).where(Thing.at == china)).one()
        raw = session.execute(text("SELECT at FROM things_of_core_tests WHERE name = 'a'")).scalar()
        none = session.scalars(select(Thing.at).where(Thing.name == "none")).one()
    assert kept.at == china
    assert kept.at.tzinfo is UTC
    assert raw.startswith("2026-01-05 17:30:15.123456")
    assert none is None


def test_a_block_that_raises_leaves_nothing_behind(sessions):
    with pytest.raises(RuntimeError), transaction(sessions) as session:
        session.add(Thing(name="a"))
        session.flush()
        raise RuntimeError

    assert count(sessions) == 0


def test_what_was_read_or_written_stays_readable_after_the_block(sessions):
    with transaction(sessions) as session:
        written = Thing(name="a")
        session.add(written)
    with reading(sessions) as session:
        read = session.scalars(select(Thing)).one()

    assert (written.name, read.name) == ("a", "a")


def test_what_is_changed_while_reading_is_lost(sessions):
    with transaction(sessions) as session:
        session.add(Thing(name="a"))

    with reading(sessions) as session:
        session.scalars(select(Thing)).one().name = "b"
    with reading(sessions) as session:
        session.execute(update(Thing).values(name="c"))

    with reading(sessions) as session:
        assert session.scalars(select(Thing.name)).all() == ["a"]


def test_reading_goes_on_while_somebody_writes_and_does_not_see_it(sessions):
    with transaction(sessions) as writer:
        writer.add(Thing(name="a"))
        writer.flush()
        assert count(sessions) == 0

    assert count(sessions) == 1


def test_twenty_writers_at_once_lose_nothing(sessions):
    def write(number: int) -> None:
        in_transaction(sessions, lambda session: session.add(Thing(name=str(number))))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert count(sessions) == 20


def test_work_is_tried_again_while_the_database_is_locked_and_given_up_in_the_end(sessions):
    def attempts(failures: int, message: str) -> int:
        tried = 0

        def work(session) -> None:
            nonlocal tried
            tried += 1
            if tried <= failures:
                raise OperationalError("UPDATE", {}, Exception(message))

        try:
            in_transaction(sessions, work, tries=3)
        except OperationalError:
            return -tried
        return tried

    assert attempts(2, "database is locked") == 3
    assert attempts(9, "deadlock detected") == -3
    assert attempts(1, "disk I/O error") == -1


def test_a_unique_name_is_kept_unique(sessions):
    with transaction(sessions) as session:
        session.add(Thing(name="a"))

    with pytest.raises(IntegrityError), transaction(sessions) as session:
        session.add(Thing(name="a"))


def test_a_new_file_is_made_in_a_folder_that_was_not_there_and_keeps_a_write_ahead_log(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'folder' / 'a.db'}")
    with reading(open_sessions(engine)) as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
    engine.dispose()


def test_opening_a_file_makes_its_folder_and_opening_a_file_uri_makes_none(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    open_engine("sqlite:///kept/here.db").dispose()
    open_engine(f"sqlite:///file:{here}/elsewhere/here.db?mode=ro&uri=true").dispose()

    assert [each.name for each in here.iterdir()] == ["kept"]
