"""What comes in is masked and stored once; each turn is answered and shown once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from answers.parts import Button, Part, Reply
from consultations.hand_over import accept_talk
from consultations.tables import Answer, Author, Conversation, Message, Turn, TurnState
from consultations.talk import (
    MAX_TEXT,
    ConversationUnknown,
    EmptyText,
    TextTooLong,
    access_conversation,
    claim_turn,
    finish_turn,
    latest_conversation_of,
    leave_to_person,
    list_messages,
    receive_turn,
    recent_turns,
    record_answer,
)
from core.database import Sessions, in_transaction, reading, transaction
from core.due_work import DueWork
from core.secrets import fingerprint
from tests.conftest import NOW
from tests.consultations.conftest import ON_SQLITE, Opener


def receive(
    database: Sessions, talk_id: int, text: str = "要交税吗", message_id: str = "m1"
) -> tuple[str, bool]:
    def work(session):  # type: ignore[no-untyped-def]
        conversation = session.get_one(Conversation, talk_id)
        turn, is_new = receive_turn(
            session, conversation, text=text, client_message_id=message_id, now=NOW
        )
        return turn.id, is_new

    return in_transaction(database, work)


def make_reply(text: str = "免征。", outcome: str = "answered", **more: object) -> Reply:
    parts = (Part(text=text, kind="answer", outcome=outcome),)
    return Reply(outcome=outcome, parts=parts, as_of=date(2026, 9, 17), **more)  # type: ignore[arg-type]


def answer(database: Sessions, turn_id: str, reply: Reply) -> Answer:
    with transaction(database) as session:
        claim_turn(session, turn_id)
        return record_answer(session, turn_id, reply, now=NOW)


@ON_SQLITE
@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("打我电话13812345678", "打我电话138****5678"),
        ("我的身份证是110101199003077715", "我的身份证是110***********77**"),
        ("１３８１２３４５６７８", "138****5678"),
        ("卡号6222 0212 3456 7890 128", "卡号"),
        ("邮箱zhang.san@example.com", "邮箱z***@***"),
    ],
)
def test_personal_data_is_masked_before_anything_is_stored(
    database: Sessions, open_talk: Opener, said: str, stored: str
) -> None:
    talk_id, _ = open_talk()

    turn_id, _ = receive(database, talk_id, said)

    with reading(database) as session:
        turn = session.get_one(Turn, turn_id)
        assert turn.text.startswith(stored)
        told = session.scalars(select(Message).where(Message.turn_id == turn_id)).one()
        assert told.body["text"] == turn.text
        for kept in ("12345678", "0307", "7890", "zhang"):
            assert kept not in turn.text


@ON_SQLITE
def test_an_invoice_number_and_an_amount_stay_readable(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    said = "数电票号25322000000012345678，金额1234567.89元"

    turn_id, _ = receive(database, talk_id, said)

    with reading(database) as session:
        assert session.get_one(Turn, turn_id).text == said


def test_the_same_message_again_is_the_same_turn(database: Sessions, open_talk: Opener) -> None:
    talk_id, _ = open_talk()

    first, is_new = receive(database, talk_id)
    again, is_new_again = receive(database, talk_id, "改了的内容")

    assert (first, is_new, is_new_again) == (again, True, False)
    with reading(database) as session:
        assert session.scalar(select(func.count(Message.id))) == 1
        assert session.get_one(Turn, first).text == "要交税吗"


def test_the_same_message_sent_many_times_at_once_is_one_turn(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    start = Barrier(6)

    def send(_: int) -> tuple[str, bool]:
        start.wait()
        return receive(database, talk_id)

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(send, range(6)))

    assert len({turn_id for turn_id, _ in got}) == 1
    assert [is_new for _, is_new in got].count(True) == 1


def test_the_same_message_id_in_another_talk_is_another_turn(
    database: Sessions, open_talk: Opener
) -> None:
    first, second = open_talk()[0], open_talk()[0]

    assert receive(database, first)[0] != receive(database, second)[0]


@ON_SQLITE
@pytest.mark.parametrize("said", ["", "   \n\t ", "\x00\x01", "\u200b\u202e", "\u3000", "\ud800"])
def test_nothing_said_is_refused_and_nothing_is_stored(
    database: Sessions, open_talk: Opener, said: str
) -> None:
    talk_id, _ = open_talk()

    with pytest.raises(EmptyText):
        receive(database, talk_id, said)

    with reading(database) as session:
        assert session.scalar(select(func.count(Turn.id))) == 0


@ON_SQLITE
def test_a_text_of_just_the_limit_is_taken_and_one_more_character_refused(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()

    receive(database, talk_id, "税" * MAX_TEXT)

    with pytest.raises(TextTooLong) as refused:
        receive(database, talk_id, "税" * (MAX_TEXT + 1), "m2")
    assert refused.value.details == {"length": MAX_TEXT + 1, "limit": MAX_TEXT}


@ON_SQLITE
@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("要\x00交\x07税", "要交税"),
        ("要\ud83d交税", "要交税"),
        ("\u202e要交税\u2066", "要交税"),
        ("要\u3000交\u00a0税", "要 交 税"),
        ("一家人👨‍👩‍👧好🙂", "一家人👨‍👩‍👧好🙂"),
        ("第一行\n第二行", "第一行\n第二行"),
    ],
)
def test_what_cannot_be_seen_or_stored_is_left_out(
    database: Sessions, open_talk: Opener, said: str, stored: str
) -> None:
    talk_id, _ = open_talk()

    turn_id, _ = receive(database, talk_id, said)

    with reading(database) as session:
        assert session.get_one(Turn, turn_id).text == stored


def test_the_first_answer_wins(database: Sessions, open_talk: Opener) -> None:
    turn_id, _ = receive(database, open_talk()[0])

    answer(database, turn_id, make_reply("免征。"))
    second = answer(database, turn_id, make_reply("要缴。", "refused_uncertain"))

    assert second.parts[0]["text"] == "免征。"
    with reading(database) as session:
        assert session.get_one(Answer, turn_id).outcome == "answered"


def test_of_many_that_answer_at_once_exactly_one_does(
    database: Sessions, open_talk: Opener
) -> None:
    turn_id, _ = receive(database, open_talk()[0])
    start = Barrier(5)

    def try_to(number: int) -> bool:
        def work(session) -> bool:  # type: ignore[no-untyped-def]
            _, stored = claim_turn(session, turn_id)
            if stored is None:
                record_answer(session, turn_id, make_reply(f"第{number}个"), now=NOW)
            return stored is None

        start.wait()
        return in_transaction(database, work)

    with ThreadPoolExecutor(5) as pool:
        did = list(pool.map(try_to, range(5)))

    assert did.count(True) == 1
    with reading(database) as session:
        told = session.get_one(Answer, turn_id).parts[0]["text"]
    assert told == f"第{did.index(True)}个"


def test_a_turn_is_shown_once_with_what_rasa_said_after_the_answer(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    turn_id, _ = receive(database, talk_id)
    answer(database, turn_id, make_reply())
    question = Part(text="请问是哪个月？", buttons=(Button("上个月", "say", "上个月"),))

    with transaction(database) as session:
        shown = finish_turn(session, turn_id, extra_parts=(question,), now=NOW)
    with transaction(database) as session:
        again = finish_turn(session, turn_id, extra_parts=(question,), now=NOW)

    assert [each.body["text"] for each in shown] == ["免征。", "请问是哪个月？"]
    assert again == []
    with reading(database) as session:
        assert len(list_messages(session, talk_id, after=0)) == 3
        assert session.scalars(select(DueWork)).one().done_at == NOW


def test_a_turn_left_to_a_person_is_not_shown_an_answer(
    database: Sessions, open_talk: Opener
) -> None:
    turn_id, _ = receive(database, open_talk()[0])
    with transaction(database) as session:
        leave_to_person(session, turn_id, now=NOW)
    answer(database, turn_id, make_reply())

    with transaction(database) as session:
        assert finish_turn(session, turn_id, now=NOW) == []


def test_a_turn_in_a_talk_that_a_person_holds_goes_to_that_person(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    with transaction(database) as session:
        accept_talk(session, talk_id, staff_login="li", staff_name="李", now=NOW)

    turn_id, _ = receive(database, talk_id)

    with reading(database) as session:
        assert session.get_one(Turn, turn_id).state is TurnState.WITH_PERSON
        assert session.scalar(select(func.count(DueWork.id))) == 0


@ON_SQLITE
def test_a_web_reply_waits_in_the_talk_and_a_wechat_reply_in_the_outbox(
    database: Sessions, open_talk: Opener
) -> None:
    for channel in ("web", "wechat", "evaluation"):
        turn_id, _ = receive(database, open_talk(channel)[0])
        answer(database, turn_id, make_reply())
        with transaction(database) as session:
            finish_turn(session, turn_id, now=NOW)

    with reading(database) as session:
        kinds = list(session.scalars(select(DueWork.kind).where(DueWork.done_at.is_(None))))
    assert kinds == ["deliver.wechat"]


@ON_SQLITE
def test_only_the_secret_token_opens_a_talk_and_only_its_fingerprint_is_kept(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, token = open_talk()

    with transaction(database) as session:
        conversation = access_conversation(session, token)
        assert conversation.id == talk_id
        assert conversation.token_hash == fingerprint(token) != token
        for wrong in (None, "", str(talk_id), conversation.token_hash, token + "x"):
            with pytest.raises(ConversationUnknown):
                access_conversation(session, wrong)
        conversation.deleted_at = NOW
        session.flush()
        with pytest.raises(ConversationUnknown):
            access_conversation(session, token)


@ON_SQLITE
def test_the_latest_talk_of_an_identity_is_found_by_channel(
    database: Sessions, open_talk: Opener
) -> None:
    open_talk("wechat", "wechat:a")
    newest, _ = open_talk("wechat", "wechat:a")
    open_talk("web", "wechat:a")
    open_talk("wechat", "wechat:b")

    with reading(database) as session:
        found = latest_conversation_of(session, identity_key="wechat:a", channel="wechat")
    assert found is not None and found.id == newest


@ON_SQLITE
def test_recent_turns_are_the_last_ones_oldest_first_with_their_answers(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    with transaction(database) as session:
        conversation = session.get_one(Conversation, talk_id)
        for number in range(5):
            turn, _ = receive_turn(
                session,
                conversation,
                text=f"第{number}问",
                client_message_id=str(number),
                now=NOW + timedelta(seconds=number),
            )
            record_answer(session, turn.id, make_reply(f"第{number}答"), now=NOW)

    with reading(database) as session:
        turns = recent_turns(session, talk_id, limit=3)
        told = [(each.text, each.answer and each.answer.parts[0]["text"]) for each in turns]
    assert told == [("第2问", "第2答"), ("第3问", "第3答"), ("第4问", "第4答")]


@ON_SQLITE
def test_messages_are_paged_in_the_order_they_were_shown(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    other, _ = open_talk()
    for number in range(5):
        receive(database, talk_id, f"第{number}问", str(number))
        receive(database, other, "别人的话", str(number))

    with reading(database) as session:
        every = list_messages(session, talk_id, after=0)
        texts = [each.body["text"] for each in every]
        assert texts == [f"第{number}问" for number in range(5)]
        assert list_messages(session, talk_id, limit=2) == every[-2:]
        assert list_messages(session, talk_id, before=every[2].id, limit=2) == every[:2]
        assert list_messages(session, talk_id, after=every[3].id) == every[4:]
        assert {each.author for each in every} == {Author.TAXPAYER}


@ON_SQLITE
def test_the_last_topic_is_kept_for_follow_ups_until_the_next_one(
    database: Sessions, open_talk: Opener
) -> None:
    talk_id, _ = open_talk()
    for number, topic in enumerate(({"entry_id": "a"}, None, {"entry_id": "b"})):
        turn_id, _ = receive(database, talk_id, "问", str(number))
        answer(database, turn_id, make_reply(topic=topic))

        with reading(database) as session:
            kept = session.get_one(Conversation, talk_id).last_topic
        assert kept == ({"entry_id": "b"} if number == 2 else {"entry_id": "a"})
