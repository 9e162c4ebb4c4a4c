from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.retention import remove_expired
from appeals.access import list_appeals_for
from appeals.drafts import find_draft, save_draft
from appeals.my_data import let_go_of_appeals
from appeals.tables import Appeal, AppealStatus
from consultations.my_data import count_talks, delete_talks, export_talks
from consultations.tables import Answer, Conversation, Holder, Message, Turn, WrongAnswerReport
from consultations.talk import ConversationUnknown, access_conversation, open_conversation
from core.audit import AuditLine
from core.clock import Clock
from core.database import Sessions, transaction
from core.due_work import DueWork
from core.secrets import Keys
from core.settings import Settings
from tests.app.talks import PHONE, VISITOR, ask, file_from, hold_talk

NEIGHBOUR = "web:visitor-2"


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock()


def test_what_is_kept_is_counted_for_the_visitor_alone(database: Sessions, now: datetime) -> None:
    with transaction(database) as session:
        ask(session, hold_talk(session, now=now), said="再问一句", now=now)
        hold_talk(session, now=now, identity_key=NEIGHBOUR)

    with database() as session:
        kept = count_talks(session, identity_key=VISITOR)

    assert (kept.conversations, kept.messages, kept.ratings) == (1, 4, 2)


def test_an_export_holds_every_bubble_in_order_and_is_plain_json(
    database: Sessions, now: datetime
) -> None:
    with transaction(database) as session:
        hold_talk(session, now=now)
        hold_talk(session, now=now, identity_key=NEIGHBOUR, said="别人的问题")

    with database() as session:
        told = json.loads(json.dumps(export_talks(session, identity_key=VISITOR)))

    assert len(told) == 1
    bubbles = [(each["author"], each["body"]["text"]) for each in told[0]["messages"]]
    assert bubbles == [("taxpayer", "季度销售额28万要交增值税吗"), ("bot", "免征。")]


def test_deleting_leaves_nothing_that_was_said_and_the_old_token_opens_nothing(
    database: Sessions, now: datetime
) -> None:
    with transaction(database) as session:
        conversation, token = open_conversation(
            session, channel="web", identity_key=VISITOR, now=now
        )
        ask(session, conversation, said="我的问题", now=now)
        conversation.holder, conversation.staff_login = Holder.PERSON, "li"
        talk_id = conversation.talk_id

    with transaction(database) as session:
        assert delete_talks(session, identity_key=VISITOR, now=now) == [talk_id]

    with database() as session:
        for table in (Turn, Answer, Message, WrongAnswerReport):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        row = session.scalars(select(Conversation)).one()
        assert (row.identity_key, row.staff_login, row.last_topic) == ("erased", None, None)
        with pytest.raises(ConversationUnknown):
            access_conversation(session, token)
        assert count_talks(session, identity_key=VISITOR).conversations == 0


def test_deleting_leaves_the_talks_of_others_alone(database: Sessions, now: datetime) -> None:
    with transaction(database) as session:
        hold_talk(session, now=now)
        hold_talk(session, now=now, identity_key=NEIGHBOUR)

    with transaction(database) as session:
        delete_talks(session, identity_key=VISITOR, now=now)

    with database() as session:
        assert count_talks(session, identity_key=NEIGHBOUR).messages == 2


def test_replies_that_wait_to_go_out_are_called_off(database: Sessions, now: datetime) -> None:
    with transaction(database) as session:
        hold_talk(session, now=now, channel="wechat", identity_key="wechat:someone")
    waiting = select(func.count(DueWork.id)).where(DueWork.done_at.is_(None))
    with database() as session:
        assert session.scalar(waiting) == 1

    with transaction(database) as session:
        delete_talks(session, identity_key="wechat:someone", now=now)

    with database() as session:
        assert session.scalar(waiting) == 0


def test_the_audit_trail_names_neither_the_visitor_nor_what_was_said(
    database: Sessions, now: datetime
) -> None:
    with transaction(database) as session:
        hold_talk(session, now=now)
        delete_talks(session, identity_key=VISITOR, now=now)

    with database() as session:
        line = session.scalars(
            select(AuditLine).where(AuditLine.deed == "consultations.talks.deleted")
        ).one()
    assert line.data == {"talks": 1}
    assert VISITOR not in f"{line.actor} {line.subject}"


def test_an_open_appeal_stays_with_its_contact_but_without_its_talk_and_the_draft_goes(
    database: Sessions, keys: Keys, now: datetime
) -> None:
    with transaction(database) as session:
        filed = file_from(session, hold_talk(session, now=now), keys=keys, now=now)
        save_draft(session, identity_key=VISITOR, keys=keys, now=now, subject="还没写完")

    with transaction(database) as session:
        assert let_go_of_appeals(session, identity_key=VISITOR, now=now) == [filed.appeal.number]

    with database() as session:
        appeal = session.scalars(select(Appeal)).one()
        assert appeal.conversation_id is None
        assert keys.unseal(appeal.contact_sealed or "") == PHONE
        assert appeal.evidence[0].answer_text == "免征。"
        assert find_draft(session, identity_key=VISITOR) is None
        assert len(list_appeals_for(session, identity_keys=[VISITOR])) == 1


@pytest.mark.parametrize("status", [AppealStatus.CLOSED, AppealStatus.WITHDRAWN])
def test_a_settled_appeal_loses_its_contact_at_once(
    database: Sessions, keys: Keys, now: datetime, status: AppealStatus
) -> None:
    with transaction(database) as session:
        filed = file_from(session, hold_talk(session, now=now), keys=keys, now=now)
        filed.appeal.status, filed.appeal.closed_at = status, now

    with transaction(database) as session:
        let_go_of_appeals(session, identity_key=VISITOR, now=now)

    with database() as session:
        appeal = session.scalars(select(Appeal)).one()
        assert (appeal.contact_sealed, appeal.contact_hint) == (None, None)


def test_an_appeal_that_is_settled_later_loses_its_contact_the_night_after(
    database: Sessions, keys: Keys, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        file_from(session, hold_talk(session, now=now), keys=keys, now=now)
        delete_talks(session, identity_key=VISITOR, now=now)
        let_go_of_appeals(session, identity_key=VISITOR, now=now)
    with transaction(database) as session:
        remove_expired(session, settings, now=now + timedelta(days=1))
        appeal = session.scalars(select(Appeal)).one()
        assert appeal.contact_sealed is not None
        appeal.status, appeal.closed_at = AppealStatus.CLOSED, now + timedelta(days=2)

    with transaction(database) as session:
        remove_expired(session, settings, now=now + timedelta(days=2))

    with database() as session:
        assert session.scalars(select(Appeal.contact_sealed)).one() is None
        assert session.scalar(select(func.count(Conversation.id))) == 0, "the empty row went too"
