from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from answers.engine import Suggestion as Offered
from answers.parts import Evidence, Part, Reply
from consultations.hand_over import ask_for_person
from consultations.tables import Conversation
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.database import Sessions, in_transaction, reading, transaction
from core.errors import ServiceError
from desk.errors import LoginRefused
from desk.inbox import InboxQuery, list_inbox
from desk.overview import overview
from desk.passwords import is_password
from desk.sessions import Officer, begin_try, find_officer, sign_in
from desk.staff import create_staff, disable_staff, reset_password
from desk.suggestions import record_action, suggestions_for
from desk.talks import send_reply, talk_view
from tests.conftest import NOW

WITHIN = timedelta(minutes=5)
OFFICER = Officer("agent01", "示例坐席", frozenset({"agent", "supervisor"}), "csrf", False)
EVIDENCE = Evidence(
    document_id="mof-sta-2026-10",
    document_number="财政部 税务总局公告2026年第10号",
    title="公告",
    clause="第一条",
    holds_from=date(2026, 1, 1),
    holds_to=None,
    checked_on=date(2026, 9, 1),
    certainty="verified",
    certainty_label="已核",
    state_label="有效",
)


def offer(_: object) -> list[Offered]:
    return [Offered("an-entry", "问", Part(text="答。", evidence=(EVIDENCE,)), 0.9)]


@pytest.fixture
def talk_id(database: Sessions) -> int:
    """A talk in which one question was answered and a person is waited for."""
    with transaction(database) as session:
        for login in ("agent01", "agent02"):
            create_staff(
                session, login=login, name=login, roles=["agent"], password="x" * 12, now=NOW
            )
        talk, _ = open_conversation(session, channel="web", identity_key="web:1", now=NOW)
        turn, _ = receive_turn(
            session, talk, text="100%_折扣怎么开票", client_message_id="first-message", now=NOW
        )
        part = Part(text="按折扣后的金额开。", kind="answer", outcome="answered")
        reply = Reply(outcome="answered", parts=(part,), as_of=date(2026, 9, 17))
        record_answer(session, turn.id, reply, now=NOW)
        finish_turn(session, turn.id, now=NOW)
        ask_for_person(session, talk, reason="转人工", within=WITHIN, now=NOW)
        return talk.id


def test_the_inbox_is_searched_in_chinese_and_literally(database, talk_id):
    def found(search: str) -> list[int]:
        query = InboxQuery(filter="all", search=search, login="agent01")
        with reading(database) as session:
            page = list_inbox(session, query, now=NOW, gives_up_after=WITHIN)
        return [row["conversation_id"] for row in page["rows"]]

    assert found("100%_折扣") == [talk_id]
    assert found("折扣后的金额") == [talk_id]
    assert found("1%0_折") == []


def test_the_supervisors_page_counts_the_day(database, talk_id):
    with reading(database) as session:
        seen = overview(session, OFFICER, now=NOW, gives_up_after=WITHIN)

    assert seen["outcomes"] == [{"outcome": "answered", "label": "已答", "count": 1}]
    assert [row["conversation_id"] for row in seen["waiting"]] == [talk_id]


def test_of_many_who_accept_at_once_exactly_one_holds_the_talk(database, talk_id):
    from consultations.hand_over import accept_talk

    def accept(login: str) -> bool:
        def work(session):
            accept_talk(session, talk_id, staff_login=login, staff_name=login, now=NOW)

        try:
            in_transaction(database, work)
        except ServiceError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(accept, [f"agent{each:02}" for each in range(6)]))

    assert sum(won) == 1
    with reading(database) as session:
        assert session.get_one(Conversation, talk_id).staff_login == f"agent{won.index(True):02}"


def test_a_suggestion_is_offered_sent_and_measured(database, talk_id):
    from consultations.hand_over import accept_talk

    with transaction(database) as session:
        talk = session.get_one(Conversation, talk_id)
        offered = suggestions_for(session, talk, suggest=offer, region="全国", fresh=True, now=NOW)
        suggestion_id = offered["suggestions"][0]["id"]
        record_action(session, suggestion_id, action="inserted", reason=None, by="agent01", now=NOW)
        accept_talk(session, talk_id, staff_login="agent01", staff_name="示例", now=NOW)

    with transaction(database) as session:
        message = send_reply(
            session,
            talk_id,
            officer=OFFICER,
            text="答！",
            client_message_id="reply-number-one",
            suggestion_id=suggestion_id,
            sent_as="edited",
            now=NOW,
        )
        view = talk_view(session, OFFICER, talk_id, now=NOW, gives_up_after=WITHIN)

    assert message.body["evidence"] == offered["suggestions"][0]["evidence"]
    assert view["messages"][-1]["body"]["text"] == "答！"


def test_signing_in_locks_and_disabling_signs_out(database, talk_id):
    with transaction(database) as session:
        staff, password = reset_password(session, "agent01", by="admin01", now=NOW)
        kept = staff.password_hash
    assert is_password(kept, password) and not is_password(None, password)
    with transaction(database) as session:
        assert begin_try(session, "agent01", now=NOW) == kept
        token, officer = sign_in(session, "agent01", kept, now=NOW)
        assert find_officer(session, token, now=NOW) == officer
    with transaction(database) as session:
        for _ in range(5):
            begin_try(session, "agent01", now=NOW)
        assert begin_try(session, "agent01", now=NOW) is None
        assert begin_try(session, "agent01", now=NOW + timedelta(minutes=16)) == kept
        assert begin_try(session, "nobody", now=NOW) is None
    with transaction(database) as session:
        disable_staff(session, "agent01", by="admin01", now=NOW)
    with transaction(database) as session, pytest.raises(ServiceError):
        find_officer(session, token, now=NOW)
    with transaction(database) as session, pytest.raises(LoginRefused):
        sign_in(session, "agent01", kept, now=NOW)
