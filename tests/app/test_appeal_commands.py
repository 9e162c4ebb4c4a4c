"""What ``runmiao appeals verify`` finds where somebody went past the services."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, select, update

from app.cli import main
from appeals.moves import accept_appeal, answer_appeal
from appeals.tables import Appeal, AppealEvidence, AppealMove, AppealStatus
from appeals.trail import chained
from core.audit import AuditLine
from core.clock import Clock
from core.database import Sessions, transaction
from core.secrets import Keys
from tests.app.talks import file_from, hold_talk

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
def case(database: Sessions, clock: Clock) -> str:
    with transaction(database) as session:
        talk = hold_talk(session, now=clock())
        keys = Keys("a root key that is only used in tests")
        appeal = file_from(session, talk, keys=keys, now=clock()).appeal
        accept_appeal(session, appeal=appeal, actor="staff:li", now=clock())
        answer_appeal(session, appeal=appeal, actor="staff:li", text="已更正。", now=clock())
        return appeal.number


def test_cases_as_they_were_left_are_confirmed_with_their_counts(run: Run, case: str) -> None:
    status, told = run("appeals", "verify")

    assert (status, "1 件诉求、3 条流转记录" in told) == (0, True)


def _say_otherwise(session) -> None:
    session.execute(update(AppealMove).where(AppealMove.verb == "accept").values(note_public="x"))


def _cut_the_end(session) -> None:
    last = session.scalar(select(AppealMove.id).order_by(AppealMove.id.desc()).limit(1))
    session.execute(delete(AppealMove).where(AppealMove.id == last))


def _take_one_out(session) -> None:
    session.execute(delete(AppealMove).where(AppealMove.verb == "accept"))


def _change_the_evidence(session) -> None:
    session.execute(update(AppealEvidence).values(answer_text="从没说过的话"))


def _set_the_state(session) -> None:
    session.execute(update(Appeal).values(status=AppealStatus.CLOSED))


def _write_the_whole_chain_anew(session) -> None:
    """Whoever knows how the chain is made is still told apart by the audit trail."""
    appeal = session.scalars(select(Appeal)).one()
    appeal.moves[0].note_public, before = "换掉的话", ""
    for move in appeal.moves:
        move.chain = before = chained(before, appeal, move)
    appeal.chain_head = before


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (_say_otherwise, "move_changed"),
        (_take_one_out, "move_changed"),
        (_cut_the_end, "moves_missing"),
        (_change_the_evidence, "content_changed"),
        (_set_the_state, "state_differs"),
        (_write_the_whole_chain_anew, "audit_differs"),
    ],
)
def test_whatever_was_changed_past_the_services_is_named(
    tamper, reason, run: Run, case: str, database: Sessions
) -> None:
    with transaction(database) as session:
        tamper(session)

    status, told = run("appeals", "verify", "--json")

    said = json.loads(told.splitlines()[-1])
    assert (status, said["holds"]) == (1, False)
    assert (said["broken"]["number"], said["broken"]["reason"]) == (case, reason)
    status, told = run("appeals", "verify")
    assert (status, case in told) == (1, True)


def test_a_changed_audit_line_is_named_too(run: Run, case: str, database: Sessions) -> None:
    with transaction(database) as session:
        line = session.scalars(select(AuditLine).order_by(AuditLine.id)).all()[1]
        line.actor = "staff:nobody"
        changed = line.id

    status, told = run("appeals", "verify", "--json")

    said = json.loads(told.splitlines()[-1])
    assert (status, said["broken_audit_line"]) == (1, changed)
