"""Attachments on SQLite and PostgreSQL: stored, filed, checked, and nothing half done."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from appeals.access import access_appeal_for_staff
from appeals.attachments import attach_file, list_files, open_file
from appeals.attachments_pending import KEPT_FOR, handle_waited, keep_pending, list_pending
from appeals.filing import file_appeal
from appeals.kinds import load_kinds
from appeals.tables import Appeal, AppealAttachment
from appeals.trail import verify_appeals
from core.database import Sessions, open_engine, open_sessions, reading, transaction
from core.secrets import Keys
from tests.appeals.attachment_files import plain_file
from tests.conftest import NOW

OWNER = "web:visitor-1"
KEYS = Keys("a root key that is only used in tests")
#: More than one page of either database holds, with every byte there is.
CONTENT = bytes(range(256)) * 12_000


def wait(sessions: Sessions, content: bytes = CONTENT) -> int:
    with transaction(sessions) as session:
        return keep_pending(
            session, identity_key=OWNER, file=plain_file(content), keys=KEYS, now=NOW
        ).id


def file(session, detail: str = "打不开") -> Appeal:
    return file_appeal(
        session, identity_key=OWNER, conversation_id=None, enterprise_id=None, kind="consultation",
        subject="打不开", detail=detail, contact=None, evidence=[], keys=KEYS, now=NOW,
        kinds=load_kinds(),
    ).appeal  # fmt: skip


def file_and_hang(url: str, is_filed: multiprocessing.Event) -> None:
    """File in a process that is killed before it commits."""
    with transaction(open_sessions(open_engine(url))) as session:
        file(session)
        session.flush()
        is_filed.set()
        time.sleep(60)


def test_what_was_brought_is_what_is_opened_and_the_chain_holds(database: Sessions):
    wait(database)
    with transaction(database) as session:
        number = file(session).number
    with transaction(database) as session:
        appeal = access_appeal_for_staff(session, number=number)
        more = plain_file(b"more")
        attach_file(session, appeal=appeal, file=more, actor=OWNER, keys=KEYS, now=NOW)

    with reading(database) as session:
        appeal = access_appeal_for_staff(session, number=number)
        first, second = list_files(session, appeal=appeal)
        assert open_file(session, appeal=appeal, file_id=first.id, keys=KEYS).content == CONTENT
        assert open_file(session, appeal=appeal, file_id=second.id, keys=KEYS).content == b"more"
        assert verify_appeals(session).holds


def test_a_process_killed_while_it_files_leaves_the_file_waiting(
    database: Sessions, database_url: str
):
    wait(database)
    context = multiprocessing.get_context("spawn")
    is_filed = context.Event()
    process = context.Process(target=file_and_hang, args=(database_url, is_filed))
    process.start()
    assert is_filed.wait(60)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()

    with reading(database) as session:
        assert session.scalars(select(Appeal)).all() == []
        assert len(list_pending(session, identity_key=OWNER, now=NOW)) == 1
    with transaction(database) as session:
        number = file(session).number
    with reading(database) as session:
        appeal = access_appeal_for_staff(session, number=number)
        assert len(list_files(session, appeal=appeal)) == 1 and verify_appeals(session).holds


@pytest.mark.parametrize("is_filed", [True, False])
def test_the_clean_up_never_takes_what_was_filed(database: Sessions, is_filed: bool):
    waiting = wait(database, b"dots")
    with transaction(database) as session:
        if is_filed:
            file(session)
    with transaction(database) as session:
        handle_waited(session, {"attachment_id": waiting}, NOW + KEPT_FOR)
    with reading(database) as session:
        assert len(session.scalars(select(AppealAttachment)).all()) == is_filed


def test_a_file_is_filed_or_pending_and_never_both_or_neither(database: Sessions):
    wait(database, b"dots")
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.execute(text("UPDATE appeal_attachments SET pending_for = NULL"))
