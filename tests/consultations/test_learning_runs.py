"""A run over what was asked: all of it is kept or nothing, and once, on both databases."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from answers.parts import Part, Reply
from app.retention import remove_expired
from consultations.learning.collecting import Look, Placed, keep, look, place
from consultations.learning.groups import GroupFilter, count_open, list_groups
from consultations.learning.signals import SOURCES
from consultations.learning_tables import GroupedQuestion, GroupState, QuestionGroup
from consultations.my_data import delete_talks
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from core.settings import Settings
from desk.learning_run import collect, plan_collecting
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.library import Snapshot, build_snapshot
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)
TEXTS = (
    "养蜂人卖蜂箱要交税吗",
    "蜂箱卖了要不要交税",
    "旅游公司怎么差额开票",
    "差额开票旅游公司怎么开",
)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    files = read_library(ENTRIES / "vat")
    return build_snapshot([(each, 1) for each in files.entries.values()], files.documents, 1)


def ask(database: Sessions, text: str, *, at: datetime = NOW, channel: str = "web") -> str:
    """Somebody asks in a talk of their own and is told that there is no answer."""
    identity = f"{channel}:{uuid.uuid4().hex}"
    with transaction(database) as session:
        talk, _ = open_conversation(session, channel=channel, identity_key=identity, now=at)
        turn, _ = receive_turn(session, talk, text=text, client_message_id="m1", now=at)
        part = Part(text="没有依据", kind="answer", outcome="refused_no_evidence")
        reply = Reply("refused_no_evidence", (part,), date(2026, 9, 17))
        record_answer(session, turn.id, reply, now=at)
        finish_turn(session, turn.id, now=at)
    return identity


def seen_and_placed(database: Sessions, snapshot: Snapshot) -> tuple[Look, Placed]:
    with reading(database) as session:
        found = look(session, sources=SOURCES, now=LATER)
    return found, place(found, snapshot)


def counted(database: Sessions) -> list[int]:
    """How many talks each group has, the largest first."""
    with reading(database) as session:
        found, _ = list_groups(session, GroupFilter(), page=1, per_page=100)
        return [each.talks for each in found]


def noted(database: Sessions) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(GroupedQuestion)) or 0


def test_a_run_notes_everything_once_and_again_only_what_is_new(database, snapshot) -> None:
    for text in TEXTS:
        ask(database, text)

    assert collect(database, snapshot, now=LATER) == 4
    assert counted(database) == [2, 2]
    assert collect(database, snapshot, now=LATER) == 0
    assert counted(database) == [2, 2]

    ask(database, TEXTS[0])
    assert collect(database, snapshot, now=LATER) == 1
    assert counted(database) == [3, 2]


@pytest.mark.parametrize("dies_at", ["Turn", "group", "end"])
def test_a_run_that_is_killed_loses_and_doubles_nothing(
    database, snapshot, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    for text in TEXTS:
        ask(database, text)
    _, placed = seen_and_placed(database, snapshot)
    deaths = {"Turn": "_still_there", "group": "_begin", "end": "_tidy"}

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"consultations.learning.collecting.{deaths[dies_at]}", die)
        with pytest.raises(Killed), transaction(database) as session:
            keep(session, placed, now=LATER)

    assert noted(database) == 0
    assert collect(database, snapshot, now=LATER) == 4
    assert (noted(database), counted(database)) == (4, [2, 2])


def test_a_run_killed_before_it_judged_is_judged_by_the_next(database, snapshot) -> None:
    ask(database, TEXTS[0])
    _, placed = seen_and_placed(database, snapshot)
    with transaction(database) as session:
        keep(session, placed, now=LATER)
    assert counted(database) == []

    assert collect(database, snapshot, now=LATER) == 0

    assert counted(database) == [1]


def test_of_two_runs_at_once_one_is_kept(database, snapshot) -> None:
    for text in TEXTS:
        ask(database, text)
    _, first = seen_and_placed(database, snapshot)
    _, second = seen_and_placed(database, snapshot)
    with transaction(database) as session:
        assert keep(session, first, now=LATER) == 4

    with pytest.raises(IntegrityError), transaction(database) as session:
        keep(session, second, now=LATER)

    assert noted(database) == 4
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(QuestionGroup)) == 2


def test_a_question_deleted_during_a_run_is_not_noted(database, snapshot) -> None:
    gone = ask(database, TEXTS[0])
    ask(database, TEXTS[1])
    _, placed = seen_and_placed(database, snapshot)
    with transaction(database) as session:
        delete_talks(session, identity_key=gone, now=LATER)

    with transaction(database) as session:
        assert keep(session, placed, now=LATER) == 1
    collect(database, snapshot, now=LATER)

    assert counted(database) == [1]


def test_questions_of_the_evaluation_channel_are_not_even_seen(database, snapshot) -> None:
    for text in TEXTS:
        ask(database, text, channel="evaluation")

    found, _ = seen_and_placed(database, snapshot)

    assert found.seen == ()


def test_a_group_keeps_its_number_and_its_decision_when_it_grows(database, snapshot) -> None:
    ask(database, TEXTS[0])
    collect(database, snapshot, now=LATER)
    with transaction(database) as session:
        group = session.scalars(select(QuestionGroup)).one()
        group.state, group.settled_at, group.settled_by = GroupState.DISMISSED, LATER, "li"
        number = group.id
    ask(database, TEXTS[1], at=LATER)

    collect(database, snapshot, now=LATER + timedelta(hours=1))

    with reading(database) as session:
        group = session.scalars(select(QuestionGroup)).one()
        assert (group.id, group.state, count_open(session)) == (number, GroupState.DISMISSED, 0)
    assert noted(database) == 2


def test_retention_takes_old_questions_out_and_empty_groups_go_with_the_next_run(
    database, snapshot, settings: Settings
) -> None:
    ask(database, TEXTS[0])
    collect(database, snapshot, now=LATER)
    years_on = NOW + timedelta(days=settings.keep_conversations_days + 2)
    ask(database, TEXTS[2], at=years_on)

    with transaction(database) as session:
        remove_expired(session, settings, now=years_on)
    collect(database, snapshot, now=years_on + timedelta(hours=1))

    with reading(database) as session:
        assert [each.talks for each in list_groups(session, GroupFilter(), page=1, per_page=9)[0]]
        assert session.scalar(select(func.count()).select_from(QuestionGroup)) == 1


def test_the_next_run_is_planned_once_for_the_full_hour(database) -> None:
    for minutes in (0, 20):
        with transaction(database) as session:
            plan_collecting(session, now=NOW + timedelta(minutes=minutes))

    with reading(database) as session:
        planned = session.scalars(select(DueWork)).one()
    assert (planned.kind, planned.due_at.minute) == ("consultations.learn", 0)
    assert NOW < planned.due_at <= NOW + timedelta(hours=1)
