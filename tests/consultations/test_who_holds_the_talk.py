"""A person is asked for, accepts, answers, hands back; nothing else says that one is there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from answers.parts import Part
from consultations.hand_over import (
    TalkNotHeld,
    TalkTaken,
    accept_talk,
    ask_for_person,
    hand_back,
    lapse,
    place_in_queue,
    reply_as_person,
    stop_waiting,
)
from consultations.sentences import say
from consultations.tables import Author, Conversation, Holder, Message
from core.audit import AuditLine
from core.database import Sessions, in_transaction, reading, transaction
from core.due_work import DueWork
from tests.conftest import NOW
from tests.consultations.conftest import Opener

ROOT = Path(__file__).resolve().parents[2]
WAIT = timedelta(minutes=3)
#: Ways of saying that a person is there.
CLAIMS = ("已转人工", "已经转人工", "已为您转", "已接通人工", "正在为您接通坐席")


def wish(database: Sessions, talk_id: int, at=NOW, reason: str = "没有答对") -> int:  # type: ignore[no-untyped-def]
    with transaction(database) as session:
        conversation = session.get_one(Conversation, talk_id)
        return ask_for_person(session, conversation, reason=reason, within=WAIT, now=at)


def accept(database: Sessions, talk_id: int, login: str) -> Conversation:
    return in_transaction(
        database,
        lambda session: accept_talk(
            session, talk_id, staff_login=login, staff_name=f"{login}坐席", now=NOW
        ),
    )


def told(database: Sessions, talk_id: int) -> list[Message]:
    with reading(database) as session:
        query = select(Message).where(Message.conversation_id == talk_id).order_by(Message.id)
        return list(session.scalars(query))


def test_asking_for_a_person_puts_the_talk_into_the_queue_and_says_nothing(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()

    place = wish(database, talk_id)

    assert place == 1
    assert told(database, talk_id) == []
    with reading(database) as session:
        conversation = session.get_one(Conversation, talk_id)
        assert conversation.holder is Holder.WAITING
        assert conversation.wait_reason == "没有答对"
        assert session.scalars(select(DueWork)).one().due_at == NOW + WAIT


def test_the_place_in_the_queue_counts_those_who_waited_longer(
    database: Sessions, open_talk: Opener
) -> None:
    places = [
        wish(database, open_talk()[0], NOW + timedelta(seconds=number)) for number in range(3)
    ]

    assert places == [1, 2, 3]


def test_asking_again_keeps_the_place_and_the_time(database: Sessions, open_talk: Opener) -> None:
    first, _ = open_talk()
    second, _ = open_talk()
    wish(database, first)
    wish(database, second, NOW + timedelta(seconds=1))

    assert wish(database, first, NOW + timedelta(minutes=1)) == 1
    with reading(database) as session:
        assert len(list(session.scalars(select(DueWork)))) == 2
        assert place_in_queue(session, session.get_one(Conversation, second)) == 2


def test_only_when_a_person_accepts_the_taxpayer_hears_so(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    wish(database, talk_id)

    conversation = accept(database, talk_id, "li")

    assert (conversation.holder, conversation.staff_login) == (Holder.PERSON, "li")
    (message,) = told(database, talk_id)
    assert message.author is Author.SYSTEM
    assert message.body["text"] == say("accepted", agent="li坐席")
    assert message.body["text"].startswith("已转人工")
    assert message.body["outcome"] == "handed_over"
    assert message.body["machine_made"] is False


def test_nothing_else_in_the_whole_project_says_that_a_person_is_there() -> None:
    """In no sentence, button, page or module but the one that ``accept_talk`` says."""
    saying = {
        (str(path.relative_to(ROOT)), line.partition("，")[0].strip())
        for path in _sources()
        for line in path.read_text("utf-8", errors="replace").splitlines()
        if any(words in line for words in CLAIMS)
    }

    comment = "The sentence 已转人工 exists only in :func:`accept_talk`: nothing else may say it."
    assert saying == {
        ("consultations/sentences.yml", "accepted: 已转人工"),
        ("consultations/hand_over.py", comment),
    }


def _sources() -> Iterator[Path]:
    skipped = {"node_modules", "dist", "tests", "var", "docs"}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if inside[0].startswith(".") or skipped & set(inside):
            continue
        if path.suffix in (".py", ".yml", ".ts", ".vue", ".html", ".json") and path.is_file():
            yield path


def test_of_two_agents_who_accept_at_once_one_has_the_talk(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    wish(database, talk_id)
    start = Barrier(4)

    def try_to(login: str) -> str | None:
        start.wait()
        try:
            return accept(database, talk_id, login).staff_login
        except TalkTaken as error:
            assert error.details["agent"] != login
            return None

    with ThreadPoolExecutor(4) as pool:
        got = [each for each in pool.map(try_to, ("a", "b", "c", "d")) if each]

    assert len(got) == 1
    assert len(told(database, talk_id)) == 1
    with reading(database) as session:
        assert session.get_one(Conversation, talk_id).staff_login == got[0]


def test_accepting_ones_own_talk_again_says_nothing_again(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    accept(database, talk_id, "li")

    accept(database, talk_id, "li")

    assert len(told(database, talk_id)) == 1


def test_a_deleted_talk_cannot_be_accepted(database: Sessions, open_talk: Opener) -> None:
    talk_id, _ = open_talk()
    with transaction(database) as session:
        session.get_one(Conversation, talk_id).deleted_at = NOW

    with pytest.raises(TalkNotHeld):
        accept(database, talk_id, "li")

    assert told(database, talk_id) == []


def test_only_the_person_who_holds_the_talk_writes_and_hands_back(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    accept(database, talk_id, "li")
    part = Part(text="您好", machine_made=False)

    for login in ("wang", ""):
        with pytest.raises(TalkNotHeld), transaction(database) as session:
            reply_as_person(session, talk_id, staff_login=login, part=part, now=NOW)
        with pytest.raises(TalkNotHeld), transaction(database) as session:
            hand_back(session, talk_id, staff_login=login, now=NOW)
    with transaction(database) as session:
        reply_as_person(session, talk_id, staff_login="li", part=part, now=NOW)
        hand_back(session, talk_id, staff_login="li", now=NOW)

    authors = [each.author for each in told(database, talk_id)]
    assert authors == [Author.SYSTEM, Author.AGENT, Author.SYSTEM]
    with pytest.raises(TalkNotHeld), transaction(database) as session:
        reply_as_person(session, talk_id, staff_login="li", part=part, now=NOW)
    with reading(database) as session:
        assert session.get_one(Conversation, talk_id).holder is Holder.BOT
        deeds = list(session.scalars(select(AuditLine.deed).order_by(AuditLine.id)))
    assert deeds == ["consultations.talk.accepted", "consultations.talk.handed_back"]


def test_a_lapsed_wait_gives_the_talk_back_to_the_bot_once(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    wish(database, talk_id)

    with transaction(database) as session:
        assert lapse(session, talk_id, NOW + timedelta(seconds=1)) is None
        lapsed = lapse(session, talk_id, NOW)
        assert lapsed is not None and lapsed.holder is Holder.BOT
    with transaction(database) as session:
        assert lapse(session, talk_id, NOW) is None
        assert lapse(session, talk_id + 1000, NOW) is None


def test_of_accepting_and_lapsing_at_once_one_happens(
    database: Sessions, open_talk: Opener
) -> None:
    for _ in range(4):
        talk_id, _ = open_talk()
        wish(database, talk_id)
        start = Barrier(2)

        def accepts(talk_id: int = talk_id, start: Barrier = start) -> None:
            start.wait()
            accept(database, talk_id, "li")

        def lapses(talk_id: int = talk_id, start: Barrier = start) -> bool:
            start.wait()
            return in_transaction(database, lambda s: lapse(s, talk_id, NOW) is not None)

        with ThreadPoolExecutor(2) as pool:
            accepted, lapsed = pool.submit(accepts), pool.submit(lapses)
            accepted.result()
            has_lapsed = lapsed.result()

        # Whoever lapses first leaves a talk that the agent may still take over.
        with reading(database) as session:
            conversation = session.get_one(Conversation, talk_id)
        assert conversation.holder is Holder.PERSON
        assert conversation.waiting_since is None
        assert has_lapsed in (True, False)


def test_a_wish_that_is_withdrawn_gives_the_talk_back_and_calls_off_the_wait(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    wish(database, talk_id)

    with transaction(database) as session:
        stop_waiting(session, session.get_one(Conversation, talk_id), now=NOW)

    with reading(database) as session:
        assert session.get_one(Conversation, talk_id).holder is Holder.BOT
        assert session.scalars(select(DueWork)).one().last_error == "called off"
