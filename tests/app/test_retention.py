from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.retention import remove_expired
from appeals.drafts import find_draft, save_draft
from appeals.moves import accept_appeal, answer_appeal, confirm_appeal, withdraw_appeal
from appeals.tables import Appeal
from consultations.tables import Answer, Conversation, Message, Turn, WrongAnswerReport
from core.audit import AuditLine, first_broken_line, write_audit
from core.clock import Clock
from core.database import Base, Sessions, transaction
from core.due_work import DueWork, claim_work, file_work, finish_work
from core.secrets import Keys
from core.settings import Settings
from desk.tables import ConversationNote, SentReply, Suggestion
from enterprises.binding_tables import BindingLock, Contact, OneTimeCode
from enterprises.kinds import Role
from enterprises.vault import keep_contact
from tests.app.talks import PHONE, VISITOR, ask, file_from, hold_talk

TALK_TABLES = (Conversation, Turn, Answer, Message, WrongAnswerReport)


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock()


def count(sessions: Sessions, table: type[Base]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def remove(sessions: Sessions, settings: Settings, now: datetime) -> list[str]:
    with transaction(sessions) as session:
        return remove_expired(session, settings, now=now)


def test_a_talk_is_removed_whole_after_its_time_and_its_rasa_name_is_told(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        talk_id = hold_talk(session, now=now).talk_id
    after = now + timedelta(days=settings.keep_conversations_days)

    assert remove(database, settings, after) == []
    assert all(count(database, table) for table in TALK_TABLES)
    assert remove(database, settings, after + timedelta(seconds=1)) == [talk_id]
    assert not any(count(database, table) for table in TALK_TABLES)


def test_a_talk_that_goes_on_loses_only_its_old_turns(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    settings = replace(settings, keep_conversations_days=30)
    with transaction(database) as session:
        conversation = hold_talk(session, now=now, said="一月的问题")
        later = now + timedelta(days=29)
        ask(session, conversation, said="二月的问题", now=later)
        talk_id = conversation.talk_id

    told = remove(database, settings, now + timedelta(days=31))

    assert told == [talk_id]
    with database() as session:
        assert session.scalars(select(Turn.text)).all() == ["二月的问题"]
        assert session.scalar(select(func.count(Answer.turn_id))) == 1
        assert {m.body["text"] for m in session.scalars(select(Message))} == {
            "二月的问题",
            "免征。",
        }
    assert remove(database, settings, now + timedelta(days=31)) == []


def test_evaluation_talks_go_after_a_week_while_taxpayers_talks_stay(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        evaluation = hold_talk(
            session, now=now, channel="evaluation", identity_key="evaluation:shared"
        ).talk_id
        hold_talk(session, now=now)

    assert remove(database, settings, now + timedelta(days=6)) == []
    assert remove(database, settings, now + timedelta(days=8)) == [evaluation]
    assert count(database, Conversation) == 1


def test_an_appeal_outlives_its_talk_with_its_evidence_and_while_open_with_its_contact(
    database: Sessions, settings: Settings, keys: Keys, now: datetime
) -> None:
    with transaction(database) as session:
        file_from(session, hold_talk(session, now=now), keys=keys, now=now)

    remove(database, settings, now + timedelta(days=settings.keep_conversations_days + 1))

    with database() as session:
        appeal = session.scalars(select(Appeal)).one()
        assert appeal.conversation_id is None
        assert [e.asked_text for e in appeal.evidence] == ["季度销售额28万要交增值税吗"]
        assert keys.unseal(appeal.contact_sealed or "") == PHONE


def test_the_contact_of_a_settled_appeal_goes_after_its_time(
    database: Sessions, settings: Settings, keys: Keys, now: datetime
) -> None:
    with transaction(database) as session:
        appeal = file_from(session, hold_talk(session, now=now), keys=keys, now=now).appeal
        accept_appeal(session, appeal=appeal, actor="staff:li", now=now)
        answer_appeal(session, appeal=appeal, actor="staff:li", text="已更正。", now=now)
        confirm_appeal(session, appeal=appeal, actor=VISITOR, now=now)
    after = now + timedelta(days=settings.keep_contacts_days)

    remove(database, settings, after)
    with database() as session:
        assert session.scalars(select(Appeal)).one().contact_sealed is not None
    remove(database, settings, after + timedelta(seconds=1))
    with database() as session:
        appeal = session.scalars(select(Appeal)).one()
        assert (appeal.contact_sealed, appeal.contact_hint) == (None, None)
        assert appeal.answer_text == "已更正。"


def test_the_contact_of_a_settled_appeal_goes_at_once_when_its_talk_is_gone(
    database: Sessions, settings: Settings, keys: Keys, now: datetime
) -> None:
    with transaction(database) as session:
        appeal = file_from(session, hold_talk(session, now=now), keys=keys, now=now).appeal
        appeal.conversation_id = None
        session.flush()
        withdraw_appeal(session, appeal=appeal, actor=VISITOR, now=now)

    remove(database, settings, now)

    with database() as session:
        assert session.scalars(select(Appeal.contact_sealed)).one() is None


def test_contacts_and_drafts_go_after_their_time(
    database: Sessions, settings: Settings, keys: Keys, now: datetime
) -> None:
    with transaction(database) as session:
        keep_contact(
            session,
            identity_key=VISITOR,
            phone=PHONE,
            purpose="回访",
            keys=keys,
            now=now,
            settings=settings,
        )
        save_draft(session, identity_key=VISITOR, keys=keys, now=now, subject="写到一半")
    after = now + timedelta(days=settings.keep_contacts_days)

    remove(database, settings, after - timedelta(seconds=1))
    assert count(database, Contact) == 1
    remove(database, settings, after + timedelta(seconds=1))

    assert count(database, Contact) == 0
    with database() as session:
        assert find_draft(session, identity_key=VISITOR) is None


def test_what_the_desk_noted_about_a_talk_goes_with_it(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        talk = hold_talk(session, now=now)
        session.add(ConversationNote(conversation_id=talk.id, login="li", at=now, text="回头看"))
        session.add(SentReply(conversation_id=talk.id, client_message_id="1", message_id=1))
        session.add(
            Suggestion(
                conversation_id=talk.id, turn_id="t", place=1, entry_id="e", title="标题",
                text="免征。", evidence=[], score=0.9, created_at=now,
            )
        )  # fmt: skip

    remove(database, settings, now + timedelta(days=settings.keep_conversations_days + 1))

    assert not any(count(database, t) for t in (ConversationNote, SentReply, Suggestion))
    assert count(database, Conversation) == 0


def test_codes_and_locks_go_but_a_lock_that_still_holds_stays(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    long_ago = now - timedelta(days=31)
    with transaction(database) as session:
        session.add(
            OneTimeCode(
                batch="b", identity_key=VISITOR, uscc="x" * 18, role=Role.LEGAL_REPRESENTATIVE,
                code_hash="h", sent_at=long_ago, expires_at=long_ago,
            )
        )  # fmt: skip
        for key, until in (("web:over", long_ago), ("web:holds", now + timedelta(minutes=1))):
            session.add(
                BindingLock(
                    identity_key=key, failures=5, last_failed_at=long_ago, locked_until=until
                )
            )

    remove(database, settings, now)

    assert count(database, OneTimeCode) == 0
    with database() as session:
        assert session.scalars(select(BindingLock.identity_key)).all() == ["web:holds"]


def test_finished_work_goes_after_a_month_and_waiting_work_never(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        for key in ("done", "waiting"):
            file_work(session, kind="k", key=key, due_at=now, payload={})
    with transaction(database) as session:
        done = claim_work(session, kinds=["k"], now=now, lease=timedelta(minutes=1), limit=1)
        finish_work(session, done[0].id, tries=1, now=now)
        kept = session.scalars(select(DueWork.key).where(DueWork.done_at.is_(None))).one()

    remove(database, settings, now + timedelta(days=30))
    assert count(database, DueWork) == 2
    remove(database, settings, now + timedelta(days=31))

    with database() as session:
        assert session.scalars(select(DueWork.key)).all() == [kept]


def test_audit_lines_go_from_the_beginning_only_and_the_chain_still_holds(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    old = now - timedelta(days=settings.keep_audit_days + 1)
    with transaction(database) as session:
        for deed, at in (("a", old), ("b", old), ("c", now), ("late", old), ("d", now)):
            write_audit(session, actor="system", deed=deed, subject="s", now=at)

    remove(database, settings, now)

    with database() as session:
        deeds = session.scalars(select(AuditLine.deed).order_by(AuditLine.id)).all()
        assert deeds == ["c", "late", "d", "app.retention.done"]
        assert first_broken_line(session) is None


def test_where_all_audit_lines_are_old_the_last_one_stays_to_carry_the_chain(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    old = now - timedelta(days=settings.keep_audit_days + 1)
    with transaction(database) as session:
        for deed in ("a", "b"):
            write_audit(session, actor="system", deed=deed, subject="s", now=old)

    remove(database, settings, now)

    with database() as session:
        deeds = session.scalars(select(AuditLine.deed).order_by(AuditLine.id)).all()
        assert deeds == ["b", "app.retention.done"]
        assert first_broken_line(session) is None


def test_the_audit_line_tells_how_much_was_removed(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        hold_talk(session, now=now)

    remove(database, settings, now + timedelta(days=400))

    with database() as session:
        told = session.scalars(
            select(AuditLine.data).where(AuditLine.deed == "app.retention.done")
        ).one()
    assert told["conversations"] == told["turns"] == told["answers"] == 1
    assert told["messages"] == 2
    assert told["due_work"] == 1, "the work of answering, finished long ago"


def test_nothing_is_removed_when_the_transaction_is_undone(
    database: Sessions, settings: Settings, now: datetime
) -> None:
    with transaction(database) as session:
        hold_talk(session, now=now)

    with pytest.raises(RuntimeError), transaction(database) as session:
        assert remove_expired(session, settings, now=now + timedelta(days=400))
        raise RuntimeError

    assert count(database, Turn) == 1
