"""What falls due in a talk: nobody came, an appeal moved on; and the loop that sees to it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.due_handlers import handlers
from app.due_loop import DueLoop
from appeals.kinds import load_kinds
from appeals.tables import Appeal, AppealEvidence
from consultations.hand_over import accept_talk, ask_for_person, stop_waiting
from consultations.my_data import delete_talks
from consultations.tables import Author, Conversation, Holder
from consultations.talk import open_conversation
from core.database import reading, transaction
from core.due_work import DueWork, file_work
from tests.app.stub_rasa import StubbedTalk

QUESTION = "小规模季度销售额29万要交增值税吗"
WAIT = timedelta(minutes=3)


def ask_for(talk: StubbedTalk, reason: str = "机器人没有答对") -> None:
    with transaction(talk.parts.sessions) as session:
        conversation = session.get_one(Conversation, talk.id)
        ask_for_person(session, conversation, reason=reason, within=WAIT, now=talk.parts.clock())


def appeals(talk: StubbedTalk) -> list[Appeal]:
    with reading(talk.parts.sessions) as session:
        return list(session.scalars(select(Appeal)))


def later(talk: StubbedTalk, by: timedelta) -> None:
    talk.parts.clock.at += by  # type: ignore[attr-defined]


async def test_a_wait_that_lapses_becomes_an_appeal_and_the_taxpayer_is_told(
    talk: StubbedTalk,
) -> None:
    await talk.runner.submit(talk.receive(QUESTION))
    ask_for(talk)
    later(talk, WAIT)

    with talk.parts.hub.listen(f"conversation:{talk.id}", "desk") as told:
        await talk.work_off()
        kinds = {(notice.topic, notice.kind) for notice in _all(told)}

    (appeal,) = appeals(talk)
    assert appeal.conversation_id == talk.id
    assert talk.conversation().holder is Holder.BOT
    last = talk.messages()[-1]
    assert last.author is Author.SYSTEM
    assert last.body["outcome"] == "appeal_filed"
    assert appeal.number in last.body["text"]
    assert last.body["appeal"]["check_code"] in last.body["text"]
    assert "转人工" not in last.body["text"]
    assert {(f"conversation:{talk.id}", "message"), ("desk", "appeal")} <= kinds


async def test_the_appeal_of_a_lapsed_wait_carries_what_was_asked_and_answered(
    talk: StubbedTalk,
) -> None:
    await talk.runner.submit(talk.receive(QUESTION))
    ask_for(talk)
    later(talk, WAIT)

    await talk.work_off()

    with reading(talk.parts.sessions) as session:
        evidence = list(session.scalars(select(AppealEvidence)))
    assert [each.asked_text for each in evidence] == [QUESTION]
    assert "应缴0元" in evidence[0].answer_text


async def test_before_its_time_a_wait_does_not_lapse(talk: StubbedTalk) -> None:
    ask_for(talk)
    later(talk, WAIT - timedelta(seconds=1))

    await talk.work_off()

    assert talk.conversation().holder is Holder.WAITING
    assert appeals(talk) == []


async def test_a_wait_that_was_accepted_in_time_files_nothing(talk: StubbedTalk) -> None:
    ask_for(talk)
    with transaction(talk.parts.sessions) as session:
        accept_talk(session, talk.id, staff_login="li", staff_name="李", now=talk.parts.clock())
    later(talk, WAIT)

    await talk.work_off()

    assert appeals(talk) == []
    assert talk.conversation().holder is Holder.PERSON
    assert talk.open_work("consultations.hand_over_lapsed") == []


async def test_a_wait_that_was_called_off_does_not_end_the_next_one(talk: StubbedTalk) -> None:
    ask_for(talk)
    with transaction(talk.parts.sessions) as session:
        stop_waiting(session, session.get_one(Conversation, talk.id), now=talk.parts.clock())
    later(talk, WAIT / 2)
    ask_for(talk)
    later(talk, WAIT / 2)

    await talk.work_off()

    assert talk.conversation().holder is Holder.WAITING
    assert appeals(talk) == []


async def test_a_lapse_that_is_done_twice_files_one_appeal(talk: StubbedTalk) -> None:
    ask_for(talk)
    (work,) = talk.open_work("consultations.hand_over_lapsed")
    later(talk, WAIT)
    await talk.work_off()
    with transaction(talk.parts.sessions) as session:
        file_work(
            session, kind=work.kind, key="again", due_at=talk.parts.clock(), payload=work.payload
        )

    await talk.work_off()

    assert len(appeals(talk)) == 1


def file_news(talk: StubbedTalk) -> None:
    with transaction(talk.parts.sessions) as session:
        file_work(
            session,
            kind="appeals.tell",
            key="news",
            due_at=talk.parts.clock(),
            payload={
                "conversation_id": talk.id,
                "identity_key": "web:visitor-1",
                "text": "您的诉求已受理。",
                "number": "SQ1",
            },
        )


async def test_news_of_an_appeal_reaches_its_talk(talk: StubbedTalk) -> None:
    file_news(talk)

    await talk.work_off()

    assert talk.messages()[-1].body["text"] == "您的诉求已受理。"
    assert talk.messages()[-1].body["machine_made"] is False


async def test_news_reaches_the_newest_talk_where_its_own_was_deleted(talk: StubbedTalk) -> None:
    with transaction(talk.parts.sessions) as session:
        now = talk.parts.clock()
        delete_talks(session, identity_key="web:visitor-1", now=now)
        newer, _ = open_conversation(session, channel="web", identity_key="web:visitor-1", now=now)
    file_news(talk)

    await talk.work_off()

    assert talk.messages() == []
    talk.id = newer.id
    assert [each.body["text"] for each in talk.messages()] == ["您的诉求已受理。"]


async def test_news_for_someone_without_any_talk_is_dropped_quietly(talk: StubbedTalk) -> None:
    with transaction(talk.parts.sessions) as session:
        delete_talks(session, identity_key="web:visitor-1", now=talk.parts.clock())
    file_news(talk)

    await talk.work_off()

    assert talk.open_work("appeals.tell") == []


async def test_a_handler_that_fails_leaves_nothing_behind_and_is_tried_again(
    talk: StubbedTalk,
) -> None:
    ask_for(talk)
    later(talk, WAIT)
    works = handlers(talk.parts, load_kinds())
    kind = "consultations.hand_over_lapsed"

    def fails_late(session, payload):  # type: ignore[no-untyped-def]
        works[kind](session, payload)
        raise RuntimeError("after everything was done")

    await DueLoop(talk.parts, {kind: fails_late}, {}).once()

    assert appeals(talk) == []
    assert talk.conversation().holder is Holder.WAITING
    (work,) = talk.open_work(kind)
    assert (work.tries, work.last_error) == (1, "RuntimeError: after everything was done")
    later(talk, timedelta(seconds=6))
    await talk.work_off()
    assert len(appeals(talk)) == 1


async def test_the_loop_outlives_a_database_that_cannot_be_read(
    talk: StubbedTalk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.due_loop.EVERY_SECONDS", 0.01)
    file_news(talk)
    rename(talk, "due_work", "due_work_gone")
    loop = DueLoop(talk.parts, handlers(talk.parts, load_kinds()), {})
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(20):
        while "due work cannot be read" not in caplog.text:
            await asyncio.sleep(0.01)

        rename(talk, "due_work_gone", "due_work")

        while not talk.messages():
            await asyncio.sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert [each.body["text"] for each in talk.messages()] == ["您的诉求已受理。"]


def rename(talk: StubbedTalk, table: str, to: str) -> None:
    with transaction(talk.parts.sessions) as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


def _all(queue):  # type: ignore[no-untyped-def]
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_work_of_one_process_is_not_done_by_another(talk: StubbedTalk) -> None:
    done: list[str] = []

    async def note(payload: dict[str, str]) -> None:
        done.append(payload["name"])

    with transaction(talk.parts.sessions) as session:
        for number in range(8):
            file_work(
                session,
                kind="noted",
                key=str(number),
                due_at=talk.parts.clock(),
                payload={"name": str(number)},
            )
    loops = [DueLoop(talk.parts, {}, {"noted": note}) for _ in range(2)]

    await asyncio.gather(*(loop.once() for loop in loops * 3))

    assert sorted(done) == [str(number) for number in range(8)]
    with reading(talk.parts.sessions) as session:
        assert all(work.done_at for work in session.scalars(select(DueWork)))
